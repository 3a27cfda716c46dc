CREATE TYPE "public"."discount_type" AS ENUM('FIXED', 'PERCENT');--> statement-breakpoint
CREATE TYPE "public"."stock_entry_reason" AS ENUM('INITIAL', 'RESTOCK');--> statement-breakpoint
CREATE TYPE "public"."point_entry_type" AS ENUM('CHARGE', 'USE');--> statement-breakpoint
CREATE TABLE "coupon_campaigns" (
	"coupon_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"discount_type" "discount_type" NOT NULL,
	"discount_amount" bigint,
	"discount_percent" integer,
	"total_quantity" bigint NOT NULL,
	"issued_quantity" bigint DEFAULT 0 NOT NULL,
	"issue_starts_at" timestamp (3) with time zone NOT NULL,
	"issue_ends_at" timestamp (3) with time zone NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"valid_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "coupon_campaigns_issued_within_total" CHECK ("coupon_campaigns"."issued_quantity" between 0 and "coupon_campaigns"."total_quantity"),
	CONSTRAINT "coupon_campaigns_discount_complete" CHECK (case "coupon_campaigns"."discount_type"
        when 'FIXED' then "coupon_campaigns"."discount_amount" >= 1 and "coupon_campaigns"."discount_percent" is null
        else "coupon_campaigns"."discount_percent" between 1 and 100 and coalesce("coupon_campaigns"."discount_amount", 1) >= 1
      end),
	CONSTRAINT "coupon_campaigns_issue_period" CHECK ("coupon_campaigns"."issue_starts_at" < "coupon_campaigns"."issue_ends_at"),
	CONSTRAINT "coupon_campaigns_valid_period" CHECK ("coupon_campaigns"."valid_from" < "coupon_campaigns"."valid_until")
);
--> statement-breakpoint
CREATE TABLE "issued_coupons" (
	"issued_coupon_id" uuid PRIMARY KEY NOT NULL,
	"coupon_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"order_id" uuid,
	CONSTRAINT "issued_coupons_one_per_user" UNIQUE("coupon_id","user_id"),
	CONSTRAINT "issued_coupons_sequence_unique" UNIQUE("coupon_id","sequence"),
	CONSTRAINT "issued_coupons_sequence_positive" CHECK ("issued_coupons"."sequence" >= 1)
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"procedure" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"operation_id" uuid NOT NULL,
	"reply" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY("user_id","procedure","key")
);
--> statement-breakpoint
CREATE TABLE "order_lines" (
	"order_id" uuid NOT NULL,
	"product_id" uuid NOT NULL,
	"name" text NOT NULL,
	"unit_price" bigint NOT NULL,
	"quantity" bigint NOT NULL,
	CONSTRAINT "order_lines_pkey" PRIMARY KEY("order_id","product_id"),
	CONSTRAINT "order_lines_quantity_positive" CHECK ("order_lines"."quantity" >= 1),
	CONSTRAINT "order_lines_price_not_negative" CHECK ("order_lines"."unit_price" >= 0)
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"order_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"total_amount" bigint NOT NULL,
	"discount_amount" bigint NOT NULL,
	"paid_amount" bigint NOT NULL,
	"issued_coupon_id" uuid,
	"paid_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orders_one_per_coupon" UNIQUE("issued_coupon_id"),
	CONSTRAINT "orders_amounts_add_up" CHECK ("orders"."paid_amount" = "orders"."total_amount" - "orders"."discount_amount"),
	CONSTRAINT "orders_discount_within_total" CHECK ("orders"."discount_amount" between 0 and "orders"."total_amount")
);
--> statement-breakpoint
CREATE TABLE "popularity_window" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"counted_from" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "popularity_window_is_one_row" CHECK ("popularity_window"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "product_popularity" (
	"product_id" uuid PRIMARY KEY NOT NULL,
	"order_count" bigint NOT NULL,
	"last_ordered_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "product_popularity_count_not_negative" CHECK ("product_popularity"."order_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "products" (
	"product_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"price" bigint NOT NULL,
	"stock" bigint NOT NULL,
	"image_url" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "products_stock_not_negative" CHECK ("products"."stock" >= 0),
	CONSTRAINT "products_price_not_negative" CHECK ("products"."price" >= 0)
);
--> statement-breakpoint
CREATE TABLE "stock_entries" (
	"operation_id" uuid PRIMARY KEY NOT NULL,
	"product_id" uuid NOT NULL,
	"reason" "stock_entry_reason" NOT NULL,
	"quantity" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "stock_entries_quantity_not_negative" CHECK ("stock_entries"."quantity" >= 0)
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"role" text DEFAULT 'shopper' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "verifications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"operation_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"type" "point_entry_type" NOT NULL,
	"amount" bigint NOT NULL,
	"balance_after" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "outbox_pkey" PRIMARY KEY("user_id","seq")
);
--> statement-breakpoint
CREATE TABLE "point_log" (
	"operation_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"type" "point_entry_type" NOT NULL,
	"amount" bigint NOT NULL,
	"balance_after" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "point_log_pkey" PRIMARY KEY("user_id","seq"),
	CONSTRAINT "point_log_amount_not_negative" CHECK ("point_log"."amount" >= 0),
	CONSTRAINT "point_log_balance_not_negative" CHECK ("point_log"."balance_after" >= 0)
);
--> statement-breakpoint
CREATE TABLE "wallets" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"balance" bigint DEFAULT 0 NOT NULL,
	"seq" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "wallets_balance_within_limit" CHECK ("wallets"."balance" between 0 and 1000000000),
	CONSTRAINT "wallets_seq_not_negative" CHECK ("wallets"."seq" >= 0)
);
--> statement-breakpoint
ALTER TABLE "issued_coupons" ADD CONSTRAINT "issued_coupons_coupon_id_coupon_campaigns_coupon_id_fk" FOREIGN KEY ("coupon_id") REFERENCES "public"."coupon_campaigns"("coupon_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "issued_coupons" ADD CONSTRAINT "issued_coupons_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_orders_order_id_fk" FOREIGN KEY ("order_id") REFERENCES "public"."orders"("order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_product_id_products_product_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_issued_coupon_id_issued_coupons_issued_coupon_id_fk" FOREIGN KEY ("issued_coupon_id") REFERENCES "public"."issued_coupons"("issued_coupon_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stock_entries" ADD CONSTRAINT "stock_entries_product_id_products_product_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("product_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "coupon_campaigns_by_end" ON "coupon_campaigns" USING btree ("issue_ends_at");--> statement-breakpoint
CREATE INDEX "issued_coupons_by_user" ON "issued_coupons" USING btree ("user_id","issued_at","issued_coupon_id");--> statement-breakpoint
CREATE INDEX "orders_by_user" ON "orders" USING btree ("user_id","paid_at","order_id");--> statement-breakpoint
CREATE INDEX "orders_by_time" ON "orders" USING btree ("paid_at","order_id");--> statement-breakpoint
CREATE INDEX "products_by_age" ON "products" USING btree ("created_at","product_id");--> statement-breakpoint
CREATE INDEX "products_by_price" ON "products" USING btree ("price","product_id");--> statement-breakpoint
CREATE UNIQUE INDEX "accounts_user_provider_unique" ON "accounts" USING btree ("user_id","provider_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_token_unique" ON "sessions" USING btree ("token");--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "verifications_by_identifier" ON "verifications" USING btree ("identifier");