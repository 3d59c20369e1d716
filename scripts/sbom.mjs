// npm run --silent sbom > sbom.json: what the server is made of, as CycloneDX. `npm sbom --omit=dev` leaves out each
// production dependency that a development dependency has too (npm 11); so all are asked for, and those of the
// development are taken out here.
import { execFileSync } from 'node:child_process';

const text = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const bill = JSON.parse(text);
const isForDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
const components = bill.components.filter((component) => !isForDevelopment(component));
const refs = new Set([bill.metadata.component, ...components].map((component) => component['bom-ref']));
const dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
console.log(JSON.stringify({ ...bill, components, dependencies }, null, 2));
