-- One order a transaction, statement by statement, as it is written by hand. :users, :products, :price given.
\set u random(1, :users)
\set p random(1, :products)
\set k random(1, 1000000000000000)
BEGIN;
SELECT balance, seq FROM wallets WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid FOR UPDATE;
SELECT name, price, stock FROM products WHERE product_id = lpad(to_hex(:p::bigint), 32, '0')::uuid FOR UPDATE;
SELECT fingerprint, reply FROM idempotency_keys WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid AND procedure = 'order.place' AND key = 'naive-' || :k::bigint;
UPDATE products SET stock = stock - 1 WHERE product_id = lpad(to_hex(:p::bigint), 32, '0')::uuid;
UPDATE wallets SET balance = balance - 1000, seq = seq + 1 WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid RETURNING balance, seq \gset wallet_
INSERT INTO orders (order_id, user_id, total_amount, discount_amount, paid_amount, paid_at) VALUES (uuidv7(), lpad(to_hex(:u::bigint), 32, '0')::uuid, 1000, 0, 1000, clock_timestamp()) RETURNING order_id \gset placed_
INSERT INTO order_lines (order_id, product_id, name, unit_price, quantity) VALUES (:placed_order_id::uuid, lpad(to_hex(:p::bigint), 32, '0')::uuid, 'A thing of the bench', 1000, 1);
INSERT INTO outbox (operation_id, user_id, seq, type, amount, balance_after, created_at) VALUES (:placed_order_id::uuid, lpad(to_hex(:u::bigint), 32, '0')::uuid, :wallet_seq::bigint, 'USE', 1000, :wallet_balance::bigint, clock_timestamp());
INSERT INTO idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at) VALUES (lpad(to_hex(:u::bigint), 32, '0')::uuid, 'order.place', 'naive-' || :k::bigint, 'naive', :placed_order_id::uuid, json_build_object('orderId', :placed_order_id::text, 'totalAmount', 1000, 'discountAmount', 0, 'paidAmount', 1000, 'balance', :wallet_balance::bigint)::text, clock_timestamp());
COMMIT;
