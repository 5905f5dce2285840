/** Accounts, users, tokens and the workers.dev subdomain. */
import { ApiError } from "./api-error.ts";
import { Listed, type Routes } from "./routing.ts";

const A = "/accounts/:account";

export const accountRoutes: Routes = {
  "GET /accounts": ({ accounts }) =>
    new Listed(accounts.map(({ id, name }) => ({ id, name, type: "standard" }))),
  "GET /memberships": ({ accounts }) =>
    new Listed(accounts.map(({ id, name }) => ({ id, status: "accepted", account: { id, name } }))),
  "GET /user": () => ({ id: "a-user", email: "someone@example.com" }),
  "GET /user/tokens/verify": () => ({ id: "a-token", status: "active" }),

  [`GET ${A}/workers/subdomain`]: ({ account }) => {
    if (!account.subdomain) throw new ApiError(404, 10007, "You do not have a workers.dev subdomain.");
    return { subdomain: account.subdomain };
  },

  [`PUT ${A}/workers/subdomain`]: ({ fake, account, body }) => {
    if (account.subdomain) throw new ApiError(409, 10036, "The account already has a subdomain.");
    if (fake.isSubdomainTaken(body.subdomain)) throw new ApiError(409, 10031, "Subdomain is unavailable.");
    account.subdomain = body.subdomain;
    return { subdomain: body.subdomain };
  },

  [`GET ${A}/workers/subdomains/:subdomain`]: ({ fake, params }) => {
    if (!fake.isSubdomainTaken(params.subdomain ?? ""))
      throw new ApiError(404, 10032, "Subdomain is available.");
    throw new ApiError(409, 10031, "Subdomain is unavailable.");
  },
};
