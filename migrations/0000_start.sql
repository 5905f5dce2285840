CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`credit_limit` integer,
	`credits_used` integer DEFAULT 0 NOT NULL,
	`credits_reserved` integer DEFAULT 0 NOT NULL,
	`rate_usd` real DEFAULT 0.001 NOT NULL,
	`max_batch_items` integer,
	`granted_parsers` text,
	`granted_countries` text,
	`webhook_secret` text NOT NULL,
	`webhook_secret_previous` text,
	`webhook_secret_previous_until` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_name_unique` ON `accounts` (`name`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_account` ON `api_keys` (`account_id`);--> statement-breakpoint
CREATE TABLE `batches` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`completed_at` integer,
	`cancelled_at` integer,
	`updated_at` integer NOT NULL,
	`total_urls` integer NOT NULL,
	`completed_urls` integer DEFAULT 0 NOT NULL,
	`failed_urls` integer DEFAULT 0 NOT NULL,
	`number_retried` integer DEFAULT 0 NOT NULL,
	`country` text,
	`render_country` text,
	`parser_id` text,
	`parser_version` integer,
	`links_on_page` text,
	`metadata` text NOT NULL,
	`webhook` text,
	`event_id` text NOT NULL,
	`credits_per_page` integer NOT NULL,
	`rate_usd` real NOT NULL,
	`credits_consumed` integer,
	`content_removed_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `batches_account_created` ON `batches` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `batches_in_progress` ON `batches` (`updated_at`) WHERE status = 'in_progress';--> statement-breakpoint
CREATE INDEX `batches_content` ON `batches` (`completed_at`) WHERE content_removed_at IS NULL;--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`account_id` text NOT NULL,
	`key` text NOT NULL,
	`body_hash` text NOT NULL,
	`batch_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`locked_until` integer,
	`response` text NOT NULL,
	PRIMARY KEY(`account_id`, `key`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_created` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `items` (
	`batch_id` text NOT NULL,
	`idx` integer NOT NULL,
	`custom_id` text NOT NULL,
	`url` text NOT NULL,
	`metadata` text,
	`seq` integer,
	`status` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`finished_at` integer,
	`http_status` integer,
	`final_url` text,
	`title` text,
	`error_code` text,
	`error_message` text,
	`content_key` text,
	PRIMARY KEY(`batch_id`, `idx`),
	FOREIGN KEY (`batch_id`) REFERENCES `batches`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `items_finished` ON `items` (`batch_id`,`seq`) WHERE seq IS NOT NULL;--> statement-breakpoint
CREATE TABLE `parsers` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`version` integer NOT NULL,
	`definition` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	PRIMARY KEY(`account_id`, `id`, `version`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`batch_id` text NOT NULL,
	`attempt` text NOT NULL,
	`started_at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`delivered` integer NOT NULL,
	`http_status` integer,
	`error_code` text,
	`error_message` text,
	FOREIGN KEY (`batch_id`) REFERENCES `batches`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_batch` ON `webhook_deliveries` (`batch_id`,`started_at`);