/** Which URLs a request may name. */
import type { UrlGuard } from "../batch/request.ts";
import { checkPublicUrl } from "../net/public-url.ts";

/** Refuses URLs whose host is not public. */
export const publicHostsOnly: UrlGuard = (url) => {
  const verdict = checkPublicUrl(url);
  return verdict.ok ? null : `Must be a URL of a public host: ${verdict.reason}.`;
};

/** Allows every host. For `ALLOW_PRIVATE_NETWORK`. */
export const anyHost: UrlGuard = () => null;
