/** Signs webhooks by the Standard Webhooks specification (standardwebhooks.com). */
import { Webhook } from "standardwebhooks";

/**
 * The headers that sign `body`: one signature a secret, separated by spaces, so that a receiver with the old secret or
 * the new one accepts it while a rotation is under way.
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
