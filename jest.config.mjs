/** Jest lowers our ES modules, and Nest's, to CommonJS in memory; only the smoke project runs the built files. */
const shared = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!@nestjs/|nestjs-pino/|@scalar/|jose/|any-ascii/|oidc-provider/)',
  ],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/test/helpers/typescript-workers.cjs'],
  moduleFileExtensions: ['ts', 'js', 'json'],
};

const project = (name, roots, testMatch) => ({ ...shared, displayName: name, roots, testMatch });

export default {
  projects: [
    project('unit', ['<rootDir>/src'], ['**/*.spec.ts']),
    project('e2e', ['<rootDir>/test/e2e'], ['**/*.e2e-spec.ts']),
    project('differential', ['<rootDir>/test/differential'], ['**/*.diff-spec.ts']),
    project('fuzz', ['<rootDir>/test/fuzz'], ['**/*.fuzz-spec.ts']),
    project('clients', ['<rootDir>/test/clients'], ['**/*.clients-spec.ts']),
    project('docs', ['<rootDir>/test/docs'], ['**/*.docs-spec.ts']),
    project('lab', ['<rootDir>/test/lab'], ['**/*.lab-spec.ts']),
    project('deploy', ['<rootDir>/test/deploy'], ['**/*.deploy-spec.ts']),
    project('smoke', ['<rootDir>/test/smoke'], ['**/*.smoke-spec.ts']),
  ],
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/main.ts'],
  // Suites share nothing on the machine that could not be taken twice: CONTRIBUTING.md, "Tests".
  maxWorkers: 2,
  // Ends what hangs, and nothing that a busy machine makes slow.
  testTimeout: 300_000,
  // As much for a worker at its end: to free 500 MB and to stop idle threads takes a busy machine longer than the usual
  // 500 ms, and clients of Redis keep timers for seconds (ioredis for a socket that is closed, redis-parser for a large
  // buffer). What is still open after that is a leak of a suite, and Jest says so.
  workerGracefulExitTimeout: 20_000,
};
