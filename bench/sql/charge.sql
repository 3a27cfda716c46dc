-- One charge a transaction, statement by statement. :users given.
\set u random(1, :users)
\set k random(1, 1000000000000000)
BEGIN;
SELECT balance, seq FROM wallets WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid FOR UPDATE;
SELECT fingerprint, reply FROM idempotency_keys WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid AND procedure = 'wallet.charge' AND key = 'naive-' || :k::bigint;
UPDATE wallets SET balance = balance + 1000, seq = seq + 1 WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid RETURNING balance, seq, uuidv7() AS operation_id \gset wallet_
INSERT INTO outbox (operation_id, user_id, seq, type, amount, balance_after, created_at) VALUES (:wallet_operation_id::uuid, lpad(to_hex(:u::bigint), 32, '0')::uuid, :wallet_seq::bigint, 'CHARGE', 1000, :wallet_balance::bigint, clock_timestamp());
INSERT INTO idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at) VALUES (lpad(to_hex(:u::bigint), 32, '0')::uuid, 'wallet.charge', 'naive-' || :k::bigint, 'naive', :wallet_operation_id::uuid, json_build_object('balance', :wallet_balance::bigint)::text, clock_timestamp());
COMMIT;
