import os, { homedir } from 'node:os';
import { INHERITED, inheritedVariables } from './inherited-variables.js';

const from = (variables: Readonly<Record<string, string>>): object =>
  inheritedVariables((name) => variables[name]);

describe(inheritedVariables, () => {
  it('gives what programs need to be found and to find their things', () => {
    const variables = {
      PATH: '/bin',
      HOME: '/home/me',
      XDG_RUNTIME_DIR: '/run/user/1',
      DOCKER_HOST: 'unix:///d',
    };
    expect(from(variables)).toEqual(variables);
  });

  it('gives nothing else, whatever it is called', () => {
    const secrets = [
      'MCP_API_KEYS',
      'REDIS_URL',
      'HTTPS_PROXY',
      'NPM_TOKEN',
      'npm_config__authToken',
      'path',
    ];
    expect(from({ HOME: '/', ...Object.fromEntries(secrets.map((name) => [name, 's3cret'])) })).toEqual({
      HOME: '/',
    });
    expect(INHERITED.filter((name) => /key|token|secret|password|auth|proxy/i.test(name))).toEqual([]);
  });

  it('knows the home of a user without HOME', () => {
    expect(from({})).toEqual({ HOME: homedir() });
  });

  it('passes on no function of bash', () => {
    expect(from({ HOME: '/', LANG: '() { :; }' })).toEqual({ HOME: '/' });
  });

  it('goes on without a home where the user is in no list of users', () => {
    const none = jest.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('uv_os_homedir returned ENOENT');
    });
    expect(from({})).toEqual({});
    none.mockRestore();
  });
});
