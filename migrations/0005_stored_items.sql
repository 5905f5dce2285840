ALTER TABLE `accounts` ADD `stored_items` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `accounts` SET `stored_items` = (SELECT COALESCE(SUM(`total_urls`), 0) FROM `batches` WHERE `account_id` = `accounts`.`id`);--> statement-breakpoint
CREATE INDEX `batches_account_running` ON `batches` (`account_id`) WHERE status = 'in_progress';--> statement-breakpoint
CREATE INDEX `batches_never_begun` ON `batches` (`completed_at`) WHERE cancelled_at IS NOT NULL AND completed_urls = 0;