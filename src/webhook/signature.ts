/** Signs webhooks according to the Standard Webhooks specification (standardwebhooks.com). */
import { Webhook } from "standardwebhooks";

/**
 * The headers that sign `body`. There is one signature per secret, so that during a rotation a receiver may have the old
 * secret or the new one.
 *
 * @param secrets `whsec_…`
 * @param sentAt epoch ms
 */
export function signatureHeaders(
  secrets: readonly string[],
  eventId: string,
  sentAt: number,
  body: string,
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(eventId, new Date(sentAt), body));
  return {
    "webhook-id": eventId,
    "webhook-timestamp": String(Math.floor(sentAt / 1000)),
    "webhook-signature": signatures.join(" "),
  };
}
