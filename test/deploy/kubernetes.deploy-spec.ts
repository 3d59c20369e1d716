import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { kustomize, Manifests, OVERLAYS, ROOT, SERVER } from '../helpers/manifests.js';
import { describeWithParts } from '../helpers/real-parts.js';

/** What every cluster has. */
const BUILT_IN = new Set(['v1', 'apps/v1', 'networking.k8s.io/v1', 'autoscaling/v2', 'policy/v1']);

function node(script: string, args: string[], input = ''): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${script}`, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    input,
  });
  return { status, output: stdout + stderr };
}

const validate = (yaml: string) => node('deploy/manifest-schemas.mjs', [], yaml);

describeWithParts('The manifests of Kubernetes', ['kubectl'], () => {
  it('fit the schemas, in every overlay', () => {
    const yaml = OVERLAYS.map(kustomize).join('---\n');
    expect(validate(yaml)).toEqual({
      status: 0,
      output: `${new Manifests(yaml).all.length} manifests, 0 problems\n`,
    });
  });

  it('would not, with a slip in one of them', () => {
    const documents = kustomize('production').split('---\n');
    const slips = [
      [
        'terminationGracePeriodSeconds:',
        'terminationGracePeriod:',
        '\'"terminationGracePeriod"\' does not exist',
      ],
      ['failureThreshold: 30', 'failureTreshold: 30', '\'"failureTreshold"\' does not exist'],
      ['containerPort: 8000', 'containerPort: "8000"', 'ports/0/containerPort must be integer'],
      ['pathType: Exact', 'pathType: Exactly', 'pathType must be equal to one of the allowed values'],
      ['scaleTargetRef:', 'scaleTarget:', 'must have required property scaleTargetRef'],
      ['interval: 15s', 'interval: often', 'interval must match pattern'],
      ['alert: McpoDown', 'alarm: McpoDown', '\'"alarm"\' does not exist'],
    ] as const;
    const wrong = slips.map(([good, bad]) =>
      documents.find((document) => document.includes(good))?.replace(good, bad),
    );
    const { status, output } = validate(wrong.join('---\n'));
    expect(status).toBe(1);
    for (const [, , problem] of slips) expect(output).toContain(problem);
  });

  it('are what the files that are made from others are made from', () => {
    expect(node('k8s-render.mjs', ['--check'])).toEqual({ status: 0, output: '' });
  });

  it('are, at the root, for any cluster, and under the names that users know', () => {
    const file = new Manifests(readFileSync(`${ROOT}k8s-mcpo-deployment.yml`, 'utf8'));
    const names = file.all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names[0]).toBe('Namespace mcpo-system');
    expect(names).toEqual(
      expect.arrayContaining([
        'Deployment mcpo-mcp-server',
        'ConfigMap mcpo-config',
        'Service mcpo-mcp-service',
        'Ingress mcpo-mcp-ingress',
        'HorizontalPodAutoscaler mcpo-hpa',
        'PodDisruptionBudget mcpo-pdb',
        'Deployment mcpo-redis',
      ]),
    );
    expect(file.all.filter(({ apiVersion }) => !BUILT_IN.has(apiVersion))).toEqual([]);
    expect(
      file.all.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'mcpo-system'),
    ).toEqual([]);
    expect(file.get('Deployment', SERVER).spec.selector).toEqual({ matchLabels: { app: SERVER } });
    expect(file.get('Service', 'mcpo-mcp-service').spec.ports).toEqual([
      { name: 'http', port: 80, targetPort: 'http' },
    ]);
    expect(file.container(SERVER).ports).toEqual([{ name: 'http', containerPort: 8000 }]);
    expect(file.get('Ingress', 'mcpo-mcp-ingress').spec.tls).toEqual([
      { hosts: ['mcpo-api.yourdomain.com'], secretName: 'mcpo-tls' },
    ]);
  });

  it('have the autoscaler of the guide', () => {
    const { apiVersion, spec } = new Manifests(kustomize('plain')).get('HorizontalPodAutoscaler', 'mcpo-hpa');
    expect({ apiVersion, spec }).toEqual(
      parse(`
        apiVersion: autoscaling/v2
        spec:
          scaleTargetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: mcpo-mcp-server
          minReplicas: 2
          maxReplicas: 10
          metrics:
          - type: Resource
            resource:
              name: cpu
              target:
                type: Utilization
                averageUtilization: 70
      `),
    );
  });

  it('bring the rules of Prometheus, under the name of the job that they ask for', () => {
    const production = new Manifests(kustomize('production'));
    const rules = readFileSync(`${ROOT}deploy/prometheus/rules/mcpo.rules.yml`, 'utf8');
    expect(production.get('PrometheusRule', SERVER).spec).toEqual(parse(rules));
    const { jobLabel, selector } = production.get('ServiceMonitor', SERVER).spec as {
      jobLabel: string;
      selector: { matchLabels: Record<string, string> };
    };
    const { labels } = production.get('Service', 'mcpo-mcp-service').metadata;
    expect(labels).toMatchObject(selector.matchLabels);
    expect(new Set(rules.match(/(?<=job=")[^"]+/g))).toEqual(new Set([labels?.[jobLabel]]));
  });

  it('take the name of the Ingress from the first of ALLOWED_HOSTS, in every overlay', () => {
    const seen = OVERLAYS.map((overlay) => new Manifests(kustomize(overlay))).flatMap((manifests) =>
      manifests.kind('Ingress').map(({ spec }) => {
        const [first] = (manifests.environment(SERVER)['ALLOWED_HOSTS'] ?? '').split(',');
        expect([spec.rules[0].host, spec.tls[0].hosts]).toEqual([first, [first]]);
        return first;
      }),
    );
    expect(seen.length).toBeGreaterThan(1);
  });
});
