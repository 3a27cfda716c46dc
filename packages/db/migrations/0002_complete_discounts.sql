ALTER TABLE "coupon_campaigns" DROP CONSTRAINT "coupon_campaigns_discount_complete";--> statement-breakpoint
ALTER TABLE "coupon_campaigns" ADD CONSTRAINT "coupon_campaigns_discount_complete" CHECK (case "coupon_campaigns"."discount_type"
        when 'FIXED' then coalesce("coupon_campaigns"."discount_amount", 0) >= 1
          and "coupon_campaigns"."discount_percent" is null
        else coalesce("coupon_campaigns"."discount_percent", 0) between 1 and 100
          and coalesce("coupon_campaigns"."discount_amount", 1) >= 1
      end);