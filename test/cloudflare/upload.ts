/** An uploaded Worker: its metadata is checked like Cloudflare does, and its modules are kept. */
import { type Account, type Binding, runningVersion, type Script, type Version } from "./account.ts";
import { ApiError } from "./api-error.ts";
import type { Call } from "./routing.ts";

/** Compressed, on the free plan. */
const freeBundleLimit = 3 * 1024 * 1024;

interface Metadata {
  main_module: string;
  bindings: Binding[];
  keep_bindings?: string[];
  compatibility_date: string;
  compatibility_flags?: string[];
  annotations?: Record<string, string>;
  limits?: Record<string, number>;
  migrations?: { old_tag?: string; new_tag: string };
}

/** Reads a multipart upload, and applies its Durable Object migration to the script. */
export async function readForm(form: FormData): Promise<{ metadata: Metadata; modules: Version["modules"] }> {
  const metadata: Metadata = JSON.parse(await textOf(form.get("metadata")));
  const modules: Version["modules"] = [];
  for (const [name, value] of form) {
    if (name === "metadata" || typeof value === "string") continue;
    modules.push({ name, type: value.type, content: new Uint8Array(await value.arrayBuffer()) });
  }
  return { metadata, modules };
}

export function versionFrom({ account, body }: Call, script: Script): Version {
  const { metadata, modules } = body as Awaited<ReturnType<typeof readForm>>;
  if (!modules.some(({ name }) => name === metadata.main_module)) {
    throw new ApiError(400, 10021, `No such module "${metadata.main_module}".`);
  }
  if (account.plan === "free") {
    if (metadata.limits) throw new ApiError(400, 100328, "CPU limits are not supported for the Free plan.");
    const size = modules.reduce((sum, { content }) => sum + content.length, 0);
    if (size > freeBundleLimit * 5) throw new ApiError(400, 10027, "Your Worker exceeded the size limit.");
  }
  for (const binding of metadata.bindings) checkBinding(account, binding);
  migrate(script, metadata);
  return {
    id: "",
    number: 0,
    createdOn: "",
    annotations: metadata.annotations ?? {},
    mainModule: metadata.main_module,
    modules,
    bindings: [...metadata.bindings.flatMap((one) => inherited(script, one)), ...kept(script, metadata)],
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags ?? [],
    limits: metadata.limits,
  };
}

function migrate(script: Script, { migrations }: Metadata): void {
  if (!migrations) return;
  if (migrations.old_tag !== script.migrationTag) {
    throw new ApiError(412, 10079, `Expected the old tag ${script.migrationTag}, got ${migrations.old_tag}.`);
  }
  script.migrationTag = migrations.new_tag;
}

function checkBinding(account: Account, binding: Binding): void {
  const exists: Record<string, () => boolean> = {
    d1: () => account.databases.has(String(binding.id ?? binding.database_id)),
    r2_bucket: () => account.buckets.has(String(binding.bucket_name)),
    queue: () => [...account.queues.values()].some(({ name }) => name === binding.queue_name),
    plain_text: () => typeof binding.text === "string",
    secret_text: () => typeof binding.text === "string",
    inherit: () => true,
    durable_object_namespace: () => typeof binding.class_name === "string",
    browser: () => true,
    ratelimit: () => Number(binding.namespace_id) > 0,
  };
  const check = exists[binding.type];
  if (!check) throw new ApiError(400, 10021, `Unknown binding type ${binding.type}.`);
  if (!check()) throw new ApiError(400, 10181, `The binding ${binding.name} names what does not exist.`);
}

function inherited(script: Script, binding: Binding): Binding[] {
  if (binding.type !== "inherit") return [binding];
  const found = runningVersion(script)?.bindings.find(({ name }) => name === binding.name);
  if (!found) throw new ApiError(400, 10021, `Nothing to inherit for the binding ${binding.name}.`);
  return [found];
}

/** Bindings of the types to keep, as far as the upload has none of that name. */
function kept(script: Script, { bindings, keep_bindings = [] }: Metadata): Binding[] {
  const names = bindings.map(({ name }) => name);
  return (runningVersion(script)?.bindings ?? []).filter(
    ({ type, name }) => keep_bindings.includes(type) && !names.includes(name),
  );
}

async function textOf(value: ReturnType<FormData["get"]>): Promise<string> {
  if (value === null) throw new ApiError(400, 10021, "The upload has no metadata.");
  return typeof value === "string" ? value : value.text();
}
