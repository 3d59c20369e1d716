/** A file in the directory, and the configuration beside it. */
export const SOUND_FILE = 'sound.js';

/**
 * MCP servers that run without credentials, without a network and without a browser. Each has the program that its
 * package brings, and a call that it answers.
 *
 * @type {readonly {
 *   readonly package: string;
 *   readonly program: string;
 *   readonly args?: (directory: string) => readonly string[];
 *   readonly call: readonly [tool: string, args: (directory: string) => object];
 * }[]}
 */
export const SERVERS = [
  {
    package: '@modelcontextprotocol/server-everything',
    program: 'mcp-server-everything',
    call: ['get-sum', () => ({ a: 2, b: 3 })],
  },
  {
    package: '@modelcontextprotocol/server-filesystem',
    program: 'mcp-server-filesystem',
    args: (directory) => [directory],
    call: ['list_directory', (directory) => ({ path: directory })],
  },
  {
    package: '@modelcontextprotocol/server-memory',
    program: 'mcp-server-memory',
    call: ['read_graph', () => ({})],
  },
  {
    package: '@modelcontextprotocol/server-sequential-thinking',
    program: 'mcp-server-sequential-thinking',
    call: [
      'sequentialthinking',
      () => ({ thought: 'a', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }),
    ],
  },
  {
    package: '@modelcontextprotocol/server-budget-allocator',
    program: 'mcp-budget-allocator-server',
    args: () => ['--stdio'],
    call: ['get-budget-data', () => ({})],
  },
  {
    package: '@modelcontextprotocol/server-cohort-heatmap',
    program: 'mcp-cohort-heatmap-server',
    args: () => ['--stdio'],
    call: ['get-cohort-data', () => ({})],
  },
  {
    package: '@modelcontextprotocol/server-system-monitor',
    program: 'mcp-system-monitor-server',
    args: () => ['--stdio'],
    call: ['get-system-info', () => ({})],
  },
  {
    package: '@modelcontextprotocol/server-pdf',
    program: 'mcp-pdf-server',
    args: () => ['--stdio'],
    call: ['list_pdfs', () => ({})],
  },
  {
    package: '@modelcontextprotocol/server-threejs',
    program: 'mcp-threejs-server',
    args: () => ['--stdio'],
    call: ['learn_threejs', () => ({})],
  },
  {
    package: '@eslint/mcp',
    program: 'mcp',
    call: ['lint-files', (directory) => ({ filePaths: [`${directory}/${SOUND_FILE}`] })],
  },
  {
    package: '@modelcontextprotocol/server-scenario-modeler',
    program: 'mcp-scenario-modeler-server',
    args: () => ['--stdio'],
    call: ['get-scenario-data', () => ({})],
  },
  {
    package: '@cyanheads/git-mcp-server',
    program: 'git-mcp-server',
    call: ['git_init', (directory) => ({ path: `${directory}/repository` })],
  },
];
