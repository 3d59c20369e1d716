// npm run k8s:render: writes what is made from other files: the rules of Prometheus as an object of its Operator, and
// k8s-mcpo-deployment.yml. With --check it writes nothing, and ends with 1 when one of them is not what it should be.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const GENERATED = '# Made by npm run k8s:render';

function prometheusRule() {
  const source = 'deploy/prometheus/rules/mcpo.rules.yml';
  const { groups } = parse(readFileSync(ROOT + source, 'utf8'));
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'mcpo-mcp-server',
      namespace: 'mcpo-system',
      labels: { app: 'mcpo-mcp-server', 'app.kubernetes.io/part-of': 'mcpo' },
    },
    spec: { groups },
  };
  return `${GENERATED} from ${source}.\n${stringify(rule, { lineWidth: 0 })}`;
}

const HEAD = `${GENERATED} from k8s/overlays/plain: change it there.
#
# The MCPO MCP Server with Redis, for any cluster of Kubernetes 1.25 or later. Nothing else is needed but the image, and
# for reaching it from outside an ingress controller. docs/kubernetes.md says more.
#
#   docker build -t mcpo-mcp-server:0.1.0 .          # and bring it to the nodes, or to a registry that they can reach
#   kubectl create namespace mcpo-system
#   kubectl create secret generic mcpo-secrets -n mcpo-system \\
#     --from-literal=MCP_API_KEYS="$(openssl rand -hex 32)" \\
#     --from-literal=MCP_STATE_SECRET="$(openssl rand -hex 32)" \\
#     --from-literal=AUDIT_KEY="$(openssl rand -hex 32)"
#   kubectl apply -f k8s-mcpo-deployment.yml
#
# To see the key: kubectl get secret mcpo-secrets -n mcpo-system -o jsonpath='{.data.MCP_API_KEYS}' | base64 -d
#
# Say where the network tools may go: PROBE_POLICY in the ConfigMap, open or strict (docs/policy.md).
#
# Put your host name in the place of mcpo-api.yourdomain.com, and its certificate into a Secret:
#
#   sed -i 's/mcpo-api.yourdomain.com/mcp.example.com/' k8s-mcpo-deployment.yml
#   kubectl create secret tls mcpo-tls -n mcpo-system --cert=mcpo.crt --key=mcpo.key
`;

const manifest = () =>
  `${HEAD}---\n${execFileSync('kubectl', ['kustomize', 'k8s/overlays/plain'], { cwd: ROOT, encoding: 'utf8' })}`;

/** In this order: an overlay may need a file that is made before it. */
const FILES = {
  'k8s/components/monitoring/prometheus-rule.yaml': prometheusRule,
  'k8s-mcpo-deployment.yml': manifest,
};

const isCheck = process.argv.includes('--check');
for (const [path, render] of Object.entries(FILES)) {
  const text = render();
  if (!isCheck) {
    writeFileSync(ROOT + path, text);
  } else if (readFileSync(ROOT + path, 'utf8') !== text) {
    console.error(`${path} is not what it is made from: run npm run k8s:render`);
    process.exitCode = 1;
  }
}
