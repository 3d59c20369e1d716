import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const OVERLAYS = readdirSync(`${ROOT}k8s/overlays`);
export const SERVER = 'mcpo-mcp-server';

export type Labels = Readonly<Record<string, string>>;

export interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { name: string; value?: string; valueFrom?: { secretKeyRef?: SecretRef } }[];
  readonly envFrom?: readonly { configMapRef: { name: string } }[];
  readonly resources?: Readonly<Record<'limits' | 'requests', Labels>>;
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly lifecycle?: { preStop: { exec: { command: string[] } } };
  readonly startupProbe?: { httpGet?: { path: string } };
  readonly livenessProbe?: { httpGet?: { path: string } };
  readonly readinessProbe?: { httpGet?: { path: string } };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken?: boolean;
  readonly hostNetwork?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly { labelSelector: { matchLabels: Labels } }[];
}

/** One object of Kubernetes, as far as the tests look into it: `spec` is whatever its kind says. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; labels?: Labels };
  readonly data?: Labels;
  // oxlint-disable-next-line typescript/no-explicit-any -- the kinds differ, and the schemas are checked elsewhere
  readonly spec?: any;
}

/** @throws Error with kubectl's words when it does not like the overlay. */
export const kustomize = (overlay: string): string =>
  execFileSync('kubectl', ['kustomize', `k8s/overlays/${overlay}`], { cwd: ROOT, encoding: 'utf8' });

/** The objects of an overlay. */
export class Manifests {
  readonly all: readonly Manifest[];

  constructor(yaml: string) {
    this.all = parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
  }

  kind(kind: string): Manifest[] {
    return this.all.filter((manifest) => manifest.kind === kind);
  }

  find(kind: string, name: string): Manifest | undefined {
    return this.kind(kind).find(({ metadata }) => metadata.name === name);
  }

  /** @throws Error when there is no such object. */
  get(kind: string, name: string): Manifest {
    const found = this.find(kind, name);
    if (found === undefined) throw new Error(`There is no ${kind} ${name}`);
    return found;
  }

  pod(deployment: string): { labels: Labels; spec: PodSpec } {
    const { metadata, spec } = this.get('Deployment', deployment).spec.template as {
      metadata: { labels: Labels };
      spec: PodSpec;
    };
    return { labels: metadata.labels, spec };
  }

  /** The only container of a deployment. */
  container(deployment: string): Container {
    const [container, ...others] = this.pod(deployment).spec.containers;
    if (container === undefined || others.length > 0) throw new Error(`${deployment} has not one container`);
    return container;
  }

  /** What a container gets from ConfigMaps; secrets are not there yet. */
  environment(deployment: string): Record<string, string> {
    const { envFrom = [] } = this.container(deployment);
    return Object.assign(
      {},
      ...envFrom.map(({ configMapRef }) => this.get('ConfigMap', configMapRef.name).data),
    ) as Record<string, string>;
  }
}

export const matches = (selector: Labels, labels: Labels = {}): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);
