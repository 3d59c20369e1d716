import 'reflect-metadata';
import { NATIVE_TOOLS } from '../../../test/helpers/native-tools.js';
import { DiagnoseHostPrompt } from './diagnose-host.prompt.js';
import { ExplainTraceroutePrompt } from './explain-traceroute.prompt.js';
import { TriageIncidentPrompt } from './triage-incident.prompt.js';

describe('The prompts', () => {
  it('say of every tool that the server brings along when to use it', async () => {
    const values = { target: '192.0.2.1', symptom: 'slow' };
    const texts = await Promise.all([
      new DiagnoseHostPrompt().render(values),
      new ExplainTraceroutePrompt().render(values),
      new TriageIncidentPrompt().render(values),
    ]);
    expect(NATIVE_TOOLS.filter((tool) => !texts.some((text) => text.includes(tool)))).toEqual([]);
  });
});
