import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ApiServer } from '../helpers/kubernetes-api.js';
import { Manifests, ROOT } from '../helpers/manifests.js';
import { describeWithParts } from '../helpers/real-parts.js';

const run = promisify(execFile);

describeWithParts("The guide's lines for Kubernetes", ['kubectl'], () => {
  const file = new Manifests(readFileSync(`${ROOT}k8s-mcpo-deployment.yml`, 'utf8'));
  let api: ApiServer;
  let home: string;
  const shell = async (line: string): Promise<string> => {
    const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'config') };
    return (await run('bash', ['-c', line], { cwd: ROOT, env })).stdout;
  };

  beforeAll(async () => {
    api = await ApiServer.start(file.all, '{"message":"Listening"}\n');
    home = mkdtempSync(join(tmpdir(), 'mcpo-kubectl-'));
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
      clusters: [{ name: 'test', cluster: { server: api.url } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      users: [{ name: 'test', user: {} }],
    };
    writeFileSync(join(home, 'config'), JSON.stringify(config));
  });
  afterAll(async () => {
    await api.close();
    rmSync(home, { recursive: true });
  });

  it('apply the file to an empty cluster in one go, the namespace first', async () => {
    const output = await shell('kubectl apply -f k8s-mcpo-deployment.yml');
    expect(output.trim().split('\n')).toHaveLength(file.all.length);
    expect(output).toContain('deployment.apps/mcpo-mcp-server created');
    expect(api.objects.map(({ kind, spec, data }) => ({ kind, spec: spec as unknown, data }))).toEqual(
      file.all.map(({ kind, spec, data }) => ({ kind, spec: spec as unknown, data })),
    );
  });

  it('find the pods, the log and the Ingress', async () => {
    expect(await shell('kubectl get pods -n mcpo-system')).toMatch(/^mcpo-mcp-server-0 /m);
    expect(await shell('kubectl logs -f deployment/mcpo-mcp-server -n mcpo-system')).toBe(
      '{"message":"Listening"}\n',
    );
    expect(await shell('kubectl get ingress -n mcpo-system')).toMatch(/^mcpo-mcp-ingress /m);
  });
});
