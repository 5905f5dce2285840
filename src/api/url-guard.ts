import type { UrlGuard } from "../batch/schema.ts";
import { checkPublicUrl } from "../net/public-url.ts";

/** Refuses URLs whose host is not public. */
export const publicHostsOnly: UrlGuard = (url) => {
  const checked = checkPublicUrl(url.href);
  return checked.ok ? null : checked.reason;
};

/** Refuses none: for `ALLOW_PRIVATE_NETWORK`. */
export const anyHost: UrlGuard = () => null;
