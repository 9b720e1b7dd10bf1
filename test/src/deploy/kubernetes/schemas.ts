import type { KubernetesObject } from './objects.js';

/** API groups that are not part of Kubernetes itself, with the package that has their schemas. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

interface Model {
  /** @throws Error naming what the schema does not allow. */
  validate(): void;
}

/**
 * What the API's schema has against an object: values of a wrong type, fields that are missing, and fields that the
 * schema does not know (which a server would drop, or refuse).
 */
export async function schemaProblems(object: KubernetesObject): Promise<string[]> {
  const { apiVersion, kind } = object;
  const group = apiVersion.split('/')[0] ?? '';
  const module = `${EXTENSIONS[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
  const models = (await import(module)) as Record<string, new (data: unknown) => Model>;
  const Kind = models[kind];
  if (Kind === undefined) return [`${module} has no ${kind}`];
  const { proxy, unread } = recordReads(new Kind(kind === 'Secret' ? unwrapped(object) : object));
  try {
    proxy.validate();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return unread().map((path) => `${path}: no such field`);
}

/** Base64 without the line breaks that kustomize puts into it and the schema's pattern does not know. */
function unwrapped(secret: KubernetesObject): KubernetesObject {
  const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, value.replaceAll(/\s/g, '')]);
  return { ...secret, data: Object.fromEntries(data) as Record<string, string> };
}

/**
 * A view of a value that notes which fields are read. A validator reads every field that its schema knows, so what is
 * left unread is not in the schema.
 */
function recordReads<T extends object>(root: T): { proxy: T; unread(): string[] } {
  const read = new Map<object, Set<string>>();
  const views = new Map<object, object>();
  const view = <V>(value: V): V => {
    if (typeof value !== 'object' || value === null) return value;
    const known = views.get(value);
    if (known !== undefined) return known as V;
    const keys = new Set<string>();
    read.set(value, keys);
    const proxy = new Proxy(value, {
      get: (target, key) => {
        if (typeof key === 'string') keys.add(key);
        return view(Reflect.get(target, key) as unknown);
      },
    });
    views.set(value, proxy);
    return proxy;
  };
  const unreadIn = (value: unknown, path: string): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) =>
          read.get(value)?.has(key) === true ? unreadIn(inner, `${path}.${key}`) : [`${path}.${key}`],
        );
  return { proxy: view(root), unread: () => unreadIn(root, '') };
}
