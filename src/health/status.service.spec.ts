import { type ApplicationContext, createContext, PRINCIPAL } from '../../test/helpers/application-context.js';
import { StatusService } from './status.service.js';

const SECRETS = {
  MCP_API_KEYS: 'planted-api-key-0123456789abcdef01234567',
  MCP_STATE_SECRET: 'planted-state-secret-0123456789abcdef012',
  AUDIT_KEY: 'planted-audit-key-0123456789abcdef012345',
  CHAT_API_KEY: 'planted-chat-key',
};

describe(StatusService.name, () => {
  let context: ApplicationContext;

  beforeAll(async () => {
    context = await createContext({ env: SECRETS });
  });
  afterAll(() => context.close());

  it('shows the configuration to admin, and no secret of it', () => {
    const admin = { ...PRINCIPAL, scopes: ['admin' as const] };
    const report = context.get(StatusService).reportFor(admin);
    expect(report['configuration']).toMatchObject({
      chat: { serverUrl: 'http://localhost:8080' },
      audit: { destination: 'off' },
    });
    for (const secret of Object.values(SECRETS)) expect(JSON.stringify(report)).not.toContain(secret);
    expect(JSON.stringify(report)).not.toContain('planted');
  });

  it('shows it to nobody else', () => {
    expect(context.get(StatusService).reportFor(PRINCIPAL)).not.toHaveProperty('configuration');
  });
});
