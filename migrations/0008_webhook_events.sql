ALTER TABLE `batches` ADD `webhook_events` text;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `event` text DEFAULT 'event.batch.completed' NOT NULL;