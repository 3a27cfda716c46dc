-- One claim a transaction, statement by statement. :users and :campaign (its number) given.
\set u random(1, :users)
\set k random(1, 1000000000000000)
BEGIN;
SELECT total_quantity - issued_quantity AS left, issued_quantity + 1 AS sequence FROM coupon_campaigns WHERE coupon_id = lpad(to_hex(:campaign::bigint), 32, '0')::uuid FOR UPDATE \gset campaign_
SELECT count(*) AS coupons FROM issued_coupons WHERE coupon_id = lpad(to_hex(:campaign::bigint), 32, '0')::uuid AND user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid \gset held_
SELECT fingerprint, reply FROM idempotency_keys WHERE user_id = lpad(to_hex(:u::bigint), 32, '0')::uuid AND procedure = 'coupon.claim' AND key = 'naive-' || :k::bigint;
\if :campaign_left > 0 and :held_coupons = 0
UPDATE coupon_campaigns SET issued_quantity = issued_quantity + 1 WHERE coupon_id = lpad(to_hex(:campaign::bigint), 32, '0')::uuid;
INSERT INTO issued_coupons (issued_coupon_id, coupon_id, user_id, sequence, issued_at) VALUES (uuidv7(), lpad(to_hex(:campaign::bigint), 32, '0')::uuid, lpad(to_hex(:u::bigint), 32, '0')::uuid, :campaign_sequence::bigint, clock_timestamp()) RETURNING issued_coupon_id AS id \gset coupon_
INSERT INTO idempotency_keys (user_id, procedure, key, fingerprint, operation_id, reply, created_at) VALUES (lpad(to_hex(:u::bigint), 32, '0')::uuid, 'coupon.claim', 'naive-' || :k::bigint, 'naive', :coupon_id::uuid, json_build_object('issuedCouponId', :coupon_id::text, 'couponId', lpad(to_hex(:campaign::bigint), 32, '0')::uuid, 'sequence', :campaign_sequence::bigint)::text, clock_timestamp());
\endif
COMMIT;
