/** Workers: uploads, versions, deployments, secrets and triggers. */
import { randomUUID } from "node:crypto";
import {
  type Account,
  newScript,
  runningVersion,
  type Script,
  secretNames,
  type Version,
} from "./account.ts";
import { ApiError, noScript } from "./api-error.ts";
import type { Routes } from "./routing.ts";
import { versionFrom } from "./upload.ts";

const A = "/accounts/:account";
const S = `${A}/workers/scripts/:script`;

export const scriptRoutes: Routes = {
  [`GET ${A}/workers/services/:script`]: (call) => {
    const { tag, migrationTag } = scriptOf(call);
    return {
      id: call.params.script,
      default_environment: {
        environment: "production",
        script: { id: call.params.script, tag, last_deployed_from: "wrangler", migration_tag: migrationTag },
      },
    };
  },

  [`DELETE ${A}/workers/services/:script`]: (call) => {
    scriptOf(call);
    const name = call.params.script ?? "";
    const consumes = [...call.account.queues.values()].some(({ consumers }) =>
      consumers.some(({ script_name }) => script_name === name),
    );
    if (consumes)
      throw new ApiError(400, 10064, "This Worker is a consumer for a queue and cannot be deleted.");
    call.account.scripts.delete(name);
    return null;
  },

  [`GET ${A}/workers/workers/:script`]: (call) => {
    const script = scriptOf(call);
    return { id: script.tag, name: call.params.script, subdomain: subdomainJson(script) };
  },

  [`PUT ${S}`]: (call) => {
    const { account, params } = call;
    const name = params.script ?? "";
    const script = account.scripts.get(name) ?? newScript();
    const version = versionFrom(call, script);
    account.scripts.set(name, script);
    addVersion(script, version);
    deploy(script, version.id);
    return {
      id: name,
      etag: version.id,
      tag: script.tag,
      deployment_id: version.id,
      pipeline_hash: version.id,
      mutable_pipeline_id: null,
      startup_time_ms: 20,
    };
  },

  [`POST ${S}/versions`]: (call) => {
    const script = scriptOf(call);
    const version = versionFrom(call, script);
    addVersion(script, version);
    return { ...versionJson(version), startup_time_ms: 20 };
  },

  [`GET ${S}/versions`]: (call) => ({ items: scriptOf(call).versions.map(versionJson).reverse() }),

  [`GET ${S}/versions/:version`]: (call) => {
    const version = scriptOf(call).versions.find(({ id }) => id === call.params.version);
    if (!version) throw new ApiError(404, 10007, "The version does not exist.");
    return versionJson(version);
  },

  [`GET ${S}/deployments`]: (call) => ({
    deployments: scriptOf(call).deployments.map(({ id, createdOn, versionId, annotations }) => ({
      id,
      source: "wrangler",
      strategy: "percentage",
      created_on: createdOn,
      author_email: "someone@example.com",
      annotations,
      versions: [{ version_id: versionId, percentage: 100 }],
    })),
  }),

  [`POST ${S}/deployments`]: (call) => {
    const script = scriptOf(call);
    const [{ version_id: versionId, percentage }] = call.body.versions;
    if (percentage !== 100) throw new ApiError(400, 10021, "Only whole deployments are known here.");
    if (!script.versions.some(({ id }) => id === versionId)) {
      throw new ApiError(404, 10007, "The version does not exist.");
    }
    return { id: deploy(script, versionId, call.body.annotations) };
  },

  [`PATCH ${S}/script-settings`]: (call) => Object.assign(scriptOf(call).settings, call.body),
  [`GET ${S}/script-settings`]: (call) => scriptOf(call).settings,

  [`GET ${S}/settings`]: (call) => {
    const version = runningVersion(scriptOf(call));
    return {
      bindings: version?.bindings.map(withoutText),
      compatibility_date: version?.compatibilityDate,
      compatibility_flags: version?.compatibilityFlags,
      limits: version?.limits,
      tags: [],
      usage_model: "standard",
    };
  },

  [`GET ${S}/secrets`]: (call) => secretNames(scriptOf(call)).map((name) => ({ name, type: "secret_text" })),

  [`PUT ${S}/secrets`]: (call) => {
    const script = scriptOf(call);
    const current = runningVersion(script);
    if (!current) throw noScript();
    const { name, text } = call.body;
    const bindings = [
      ...current.bindings.filter((one) => one.name !== name),
      { type: "secret_text", name, text },
    ];
    const version = {
      ...current,
      ...identity(script),
      bindings,
      annotations: { "workers/triggered_by": "secret" },
    };
    addVersion(script, version);
    deploy(script, version.id);
    return { name, type: "secret_text" };
  },

  [`GET ${S}/subdomain`]: (call) => subdomainJson(scriptOf(call)),
  [`POST ${S}/subdomain`]: (call) => {
    const script = scriptOf(call);
    if (call.body.enabled && !call.account.subdomain) {
      throw new ApiError(400, 10063, "You need a workers.dev subdomain in order to proceed.");
    }
    script.hasWorkersDev = call.body.enabled;
    script.hasPreviews = call.body.previews_enabled ?? script.hasPreviews;
    return subdomainJson(script);
  },

  [`GET ${S}/schedules`]: (call) => ({ schedules: scriptOf(call).schedules.map((cron) => ({ cron })) }),
  [`PUT ${S}/schedules`]: (call) => {
    const script = scriptOf(call);
    script.schedules = call.body.map(({ cron }: { cron: string }) => cron);
    return { schedules: call.body };
  },

  [`GET ${S}/references`]: (call) => {
    scriptOf(call);
    return { services: { incoming: [], outgoing: [] }, durable_objects: [], dispatch_outbounds: [] };
  },
  [`GET ${A}/workers/tails/by-consumer/:script`]: () => [],

  [`POST ${S}/tails`]: (call) => {
    scriptOf(call);
    const id = call.fake.tails.add(call.params.script ?? "");
    const expires_at = new Date(Date.now() + 6 * 3_600_000).toISOString();
    return { id, url: `${call.fake.origin.replace("http", "ws")}/tails/${id}`, expires_at };
  },
  [`DELETE ${S}/tails/:tail`]: (call) => {
    call.fake.tails.remove(call.params.tail ?? "");
    return null;
  },
};

function scriptOf({ account, params }: { account: Account; params: Record<string, string> }): Script {
  const script = account.scripts.get(params.script ?? "");
  if (!script) throw noScript();
  return script;
}

function identity(script: Script) {
  return { id: randomUUID(), number: script.versions.length + 1, createdOn: new Date().toISOString() };
}

function addVersion(script: Script, version: Version): void {
  script.versions.push(Object.assign(version, identity(script)));
}

function deploy(script: Script, versionId: string, annotations: Record<string, string> = {}): string {
  const id = randomUUID();
  script.deployments.unshift({ id, versionId, annotations, createdOn: new Date().toISOString() });
  return id;
}

function subdomainJson({ hasWorkersDev, hasPreviews }: Script) {
  return { enabled: hasWorkersDev, previews_enabled: hasPreviews };
}

function withoutText({ text, ...binding }: Version["bindings"][number]) {
  return binding.type === "secret_text" ? binding : { ...binding, ...(text === undefined ? {} : { text }) };
}

function versionJson(version: Version) {
  const { id, number, createdOn, annotations, bindings, compatibilityDate, compatibilityFlags, limits } =
    version;
  return {
    id,
    number,
    metadata: {
      created_on: createdOn,
      source: "wrangler",
      author_email: "someone@example.com",
      hasPreview: false,
    },
    annotations,
    resources: {
      script: { etag: id, handlers: ["fetch", "queue", "scheduled"] },
      script_runtime: {
        compatibility_date: compatibilityDate,
        compatibility_flags: compatibilityFlags,
        limits,
      },
      bindings: bindings.map(withoutText),
    },
  };
}
