ALTER TABLE `batches` ADD `webhook_ended_at` integer;--> statement-breakpoint
CREATE INDEX `batches_emptied` ON `batches` (`completed_at`) WHERE content_removed_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `batches_undelivered` ON `batches` (`updated_at`) WHERE status = 'completed' AND webhook IS NOT NULL AND webhook_ended_at IS NULL;--> statement-breakpoint
UPDATE `batches` SET `webhook_ended_at` = `completed_at` WHERE `status` = 'completed';
