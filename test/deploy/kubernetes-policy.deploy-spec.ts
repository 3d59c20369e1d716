import { readFileSync } from 'node:fs';
import { configurationHint, loadConfiguration } from '../../src/config/configuration.loader.js';
import { Environment } from '../../src/config/environment.js';
import { codeBlocks, codeWords, readProjectFile, tableWith } from '../docs/markdown.js';
import { kustomize, type Labels, Manifests, matches, OVERLAYS, ROOT, SERVER } from '../helpers/manifests.js';
import { isOpen } from '../helpers/network-policies.js';
import { describeWithParts } from '../helpers/real-parts.js';
import { endingOfPods, expectEnoughTime } from '../helpers/shutdown-times.js';

const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };
const SECRET = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

function refusal(settings: Record<string, string>): string {
  try {
    loadConfiguration(settings);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describeWithParts('The manifests of Kubernetes, overlay', ['kubectl'], () => {
  describe.each(OVERLAYS)('%s', (overlay) => {
    let manifests: Manifests;
    beforeAll(() => {
      manifests = new Manifests(kustomize(overlay));
    });
    const pods = () =>
      manifests.kind('Deployment').map(({ metadata }) => ({
        name: metadata.name,
        ...manifests.pod(metadata.name),
      }));
    const containers = () =>
      pods().flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])]);

    it('has the server and Redis', () => {
      expect(pods().map(({ name }) => name)).toEqual([SERVER, 'mcpo-redis']);
    });

    it('pins each image to a version', () => {
      for (const { image } of containers())
        expect(image).toMatch(/:v?\d+\.\d+[\w.-]*(@sha256:[\da-f]{64})?$/);
      expect(manifests.container(SERVER).image).toMatch(new RegExp(`(^|/)mcpo-mcp-server:${version}$`));
    });

    it('gives each container limits, requests and three probes', () => {
      for (const container of containers()) {
        const { limits, requests } = container.resources ?? {};
        for (const amounts of [limits, requests]) {
          expect(Object.keys(amounts ?? {})).toEqual(expect.arrayContaining(['cpu', 'memory']));
        }
        expect(container).toMatchObject({
          startupProbe: expect.anything() as unknown,
          livenessProbe: expect.anything() as unknown,
          readinessProbe: expect.anything() as unknown,
        });
      }
      expect(manifests.container(SERVER)).toMatchObject({
        resources: { limits: { cpu: '1000m', memory: '1Gi' } },
        startupProbe: { httpGet: { path: '/health/startup', port: 'http' } },
        livenessProbe: { httpGet: { path: '/health/live', port: 'http' } },
        readinessProbe: { httpGet: { path: '/health/ready', port: 'http' } },
      });
    });

    it('runs as the restricted profile wants it', () => {
      for (const { spec } of pods()) {
        expect(spec.automountServiceAccountToken).toBe(false);
        expect(spec.securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(spec.securityContext?.['runAsUser']).toBeGreaterThan(0);
        for (const { securityContext } of spec.containers) {
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
        }
      }
      expect(manifests.pod(SERVER).spec.securityContext).toMatchObject({ runAsUser: 1001, runAsGroup: 1001 });
      const { hostNetwork = false, securityContext } = manifests.pod(SERVER).spec;
      expect(manifests.get('Namespace', 'mcpo-system').metadata.labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': hostNetwork ? 'privileged' : 'restricted',
      });
      // Those of a node are not the pod's to set: Kubernetes refuses the pod.
      expect(securityContext?.['sysctls'] === undefined).toBe(hostNetwork);
    });

    it('has no secret in clear', () => {
      expect(manifests.kind('Secret')).toEqual([]);
      const text = JSON.stringify(manifests.all);
      expect(text).not.toContain('dev-key');
      expect(text).not.toMatch(/[\da-f]{32}/i);
      // A URL with a password.
      expect(text).not.toMatch(/:\/\/[^/\s"]*:[^/\s"]*@/);
      for (const { env = [] } of containers()) {
        expect(env.filter(({ valueFrom }) => valueFrom?.secretKeyRef === undefined)).toEqual([]);
      }
      const names = Object.keys(manifests.environment(SERVER));
      expect(names.filter((name) => /KEY|SECRET|PASSWORD|TOKEN/.test(name))).toEqual([]);
    });

    it('sets variables that the server reads, to values that it takes without a warning', () => {
      const { env = [] } = manifests.container(SERVER);
      const settings = manifests.environment(SERVER);
      const names = [...Object.keys(settings), ...env.map(({ name }) => name)];
      expect(names.filter((name) => !(name in new Environment()))).toEqual([]);
      const config = loadConfiguration({ ...settings, MCP_API_KEYS: SECRET, AUDIT_KEY: SECRET });
      // Those of decisions that nobody can take for the operator.
      const others = config.warnings.filter(
        (warning) => !/RATE_LIMIT_MAX_REQUESTS|PROBE_POLICY/.test(warning),
      );
      expect(others).toEqual([]);
      // The ConfigMap has the line for it, and says nothing.
      expect(settings['PROBE_POLICY']).toBe('');
      expect(config.http.port).toBe(8000);
      expect(config.storage.redis).toBeDefined();
    });

    it('serves on before SIGTERM, until nobody sends it anything new, and waits for the longest call after it', () => {
      const ending = endingOfPods(manifests);
      // For what Services and controllers need at the very least to take a pod off their lists.
      expect(ending.preStopMs).toBeGreaterThanOrEqual(5000);
      expectEnoughTime(ending);
    });

    it('selects what there is', () => {
      const isAPod = (selector: Labels) => pods().some(({ labels }) => matches(selector, labels));
      const selectors = [
        ...manifests.kind('Service').map(({ spec }) => spec.selector as Labels),
        ...manifests.kind('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels as Labels),
        ...manifests.kind('NetworkPolicy').map(({ spec }) => (spec.podSelector.matchLabels ?? {}) as Labels),
      ];
      expect(selectors.length).toBeGreaterThan(2);
      expect(selectors.filter((selector) => !isAPod(selector))).toEqual([]);
      for (const { metadata, spec } of manifests.kind('Deployment')) {
        const { labels, spec: pod } = manifests.pod(metadata.name);
        expect(labels).toMatchObject(spec.selector.matchLabels as Labels);
        for (const { labelSelector } of pod.topologySpreadConstraints ?? []) {
          expect(labels).toMatchObject(labelSelector.matchLabels);
        }
      }
      for (const { spec } of manifests.kind('Ingress')) {
        for (const { backend } of spec.rules[0].http.paths as { backend: { service: { name: string } } }[]) {
          expect(manifests.find('Service', backend.service.name)).toBeDefined();
        }
      }
    });

    it('leaves the number of pods to the autoscaler, and one pod at least to a drain', () => {
      const { replicas, strategy } = manifests.get('Deployment', SERVER).spec as {
        replicas?: number;
        strategy: { rollingUpdate: object };
      };
      const [autoscaler] = manifests.kind('HorizontalPodAutoscaler');
      const [budget] = manifests.kind('PodDisruptionBudget');
      expect(budget === undefined).toBe(autoscaler === undefined);
      expect(replicas).toBe(autoscaler === undefined ? 1 : undefined);
      if (autoscaler !== undefined) {
        expect(autoscaler.spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: SERVER });
        expect(budget?.spec.maxUnavailable).toBeGreaterThan(0);
        expect(budget?.spec.maxUnavailable).toBeLessThan(autoscaler.spec.minReplicas as number);
        expect(budget?.spec.minAvailable).toBeUndefined();
      }
      // In the network of a node the port has to become free first.
      const { hostNetwork = false } = manifests.pod(SERVER).spec;
      expect(strategy.rollingUpdate).toEqual(
        hostNetwork ? { maxUnavailable: 1, maxSurge: 0 } : { maxUnavailable: 0, maxSurge: 1 },
      );
    });
  });
});

describeWithParts('The manifest at the root', ['kubectl'], () => {
  let manifests: Manifests;
  beforeAll(() => {
    manifests = new Manifests(kustomize('plain'));
  });

  it('without the Secret makes the server say how to create it, with the keys that are read', () => {
    const settings = manifests.environment(SERVER);
    expect(refusal(settings)).toMatch(/\(1 problem\)[^]*MCP_API_KEYS is not set/);
    const references = (manifests.container(SERVER).env ?? []).map(({ name, valueFrom }) => ({
      variable: name,
      ...valueFrom?.secretKeyRef,
    }));
    for (const { variable, ...reference } of references) {
      expect(reference).toEqual({ name: 'mcpo-secrets', key: variable, optional: true });
    }
    const command = /kubectl create secret generic mcpo-secrets -n mcpo-system .*/;
    const keysOf = (text: string) => text.match(/(?<=--from-literal=)\w+/g);
    const hinted = keysOf(command.exec(configurationHint(settings))?.[0] ?? '');
    expect(hinted).toEqual(['MCP_API_KEYS', 'MCP_STATE_SECRET', 'AUDIT_KEY']);
    expect(references.map(({ variable }) => variable)).toEqual([
      ...(hinted ?? []),
      'REDIS_URL',
      'CHAT_API_KEY',
    ]);
    const shown = codeBlocks(readProjectFile('docs/kubernetes.md')).map(({ code }) => code);
    expect(shown.find((code) => code.startsWith('The configuration'))).toBe(
      `${refusal(settings)}\n${configurationHint(settings)}`,
    );
    const head = readProjectFile('k8s-mcpo-deployment.yml').split('---')[0] ?? '';
    expect(keysOf(command.exec(head.replaceAll(/\\\n#/g, ''))?.[0] ?? '')).toEqual(hinted);
  });

  it('routes every endpoint but /metrics', () => {
    const all = tableWith(readProjectFile('docs/api.md'), 'Endpoint', 'Method').rows.flatMap(
      ([endpoints = '']) => codeWords(endpoints),
    );
    expect(all).toEqual(expect.arrayContaining(['/mcp', '/metrics']));
    const paths = manifests.get('Ingress', 'mcpo-mcp-ingress').spec.rules[0].http.paths as {
      path: string;
      pathType: 'Exact' | 'Prefix';
    }[];
    const isRouted = (endpoint: string) =>
      paths.some(
        ({ path, pathType }) =>
          endpoint === path || (pathType === 'Prefix' && endpoint.startsWith(`${path.replace(/\/$/, '')}/`)),
      );
    expect(all.filter((endpoint) => !isRouted(endpoint))).toEqual(['/metrics']);
  });

  it('lets the ingress controller and the monitoring in, and nobody else', () => {
    const { labels } = manifests.pod(SERVER);
    const from = (namespace: string) => isOpen(manifests, 'Ingress', labels, { namespace }, 'http');
    expect([from('ingress-nginx'), from('traefik'), from('monitoring')]).toEqual([true, true, true]);
    expect([from('default'), from('kube-system'), from('mcpo-system')]).toEqual([false, false, false]);
  });

  it('lets the server alone get to Redis, and Redis to nobody', () => {
    const server = { namespace: 'mcpo-system', labels: manifests.pod(SERVER).labels };
    const redis = { namespace: 'mcpo-system', labels: manifests.pod('mcpo-redis').labels };
    expect(isOpen(manifests, 'Egress', server.labels, redis, 'redis')).toBe(true);
    expect(isOpen(manifests, 'Ingress', redis.labels, server, 'redis')).toBe(true);
    for (const namespace of ['default', 'monitoring', 'ingress-nginx', 'mcpo-system']) {
      expect(isOpen(manifests, 'Ingress', redis.labels, { namespace }, 'redis')).toBe(false);
    }
    expect(isOpen(manifests, 'Egress', redis.labels, { address: '192.0.2.1' }, 443)).toBe(false);
  });

  it('lets the tools examine the Internet, and nothing inside', () => {
    const { labels } = manifests.pod(SERVER);
    const to = (address: string) => isOpen(manifests, 'Egress', labels, { address }, 443);
    for (const address of ['192.0.2.1', '8.8.8.8', '2001:db8::1']) expect(to(address)).toBe(true);
    for (const address of ['10.1.2.3', '172.20.0.1', '192.168.1.1', '100.64.0.1', 'fd00::1', 'fe80::1']) {
      expect(to(address)).toBe(false);
    }
    // The metadata service of a cloud.
    expect(to('169.254.169.254')).toBe(false);
    expect(isOpen(manifests, 'Egress', labels, { namespace: 'kube-system' }, 53)).toBe(true);
    expect(isOpen(manifests, 'Egress', labels, { namespace: 'default' }, 80)).toBe(false);
  });
});
