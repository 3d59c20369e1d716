import { Injectable } from '@nestjs/common';
import type { Tool } from '@modelcontextprotocol/server';
import { Authorization } from '../access/authorization.service.js';
import { Changes } from './changes.service.js';
import { checkedSchema } from './schema/checked-schema.js';
import { withErrorForm } from './schema/error-form.js';
import { type MirroredParam, mirroredParamsOf } from './schema/mirrored-params.js';
import { ForeignSchemas } from './schema/foreign-schemas.js';
import type { CheckPlace } from './schema/schema-checks.service.js';
import { takingOptionalNulls } from './schema/optional-nulls.js';
import { SchemaCompiler, type SchemaCheck } from './schema/schema-compiler.js';
import type { ObjectSchema, ToolDefinition } from './tool-definition.js';

export type { MirroredParam };

/** A registered tool: its definition, its compiled schemas and the form in which clients see it. */
export interface RegisteredTool {
  readonly definition: ToolDefinition;
  readonly checkInput: SchemaCheck;
  readonly checkOutput: SchemaCheck | undefined;
  /** Whether checking the arguments may fill in defaults, and so change them. */
  readonly fillsDefaults: boolean;
  /** The parameters that clients mirror into headers. */
  readonly mirrored: readonly MirroredParam[];
  /** As listed by `tools/list`. */
  readonly listed: Tool;
  /** As it was registered, without what `remark` has added. */
  readonly plainDescription: string;
}

// MCP 2025-11-25, server/tools, "Tool Names".
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** All tools that the server has, in a fixed order: by name. */
@Injectable()
export class ToolRegistry {
  private readonly tools = new Map<string, RegisteredTool>();
  private sorted: readonly RegisteredTool[] | undefined;
  private changes = 0;

  constructor(
    private readonly schemas: SchemaCompiler,
    private readonly foreign: ForeignSchemas,
    private readonly announcer: Changes,
    private readonly authorization: Authorization,
  ) {}

  /** @throws Error when the name is taken or malformed, or a schema is not valid. */
  register(definition: ToolDefinition): void {
    const { name, scope } = definition;
    if (!TOOL_NAME.test(name))
      throw new Error(`Tool name ${JSON.stringify(name)} is not valid: use ${TOOL_NAME.source}`);
    if (this.tools.has(name)) throw new Error(`Tool ${name} is registered already`);
    const { inputSchema, upstream, outputCheck, takesOptionalNulls } = definition;
    const checked = definition.checkedInputSchema ?? inputSchema;
    const outputSchema = definition.outputSchema && withErrorForm(definition.outputSchema);
    const check = (schema: ObjectSchema, place: CheckPlace): SchemaCheck =>
      upstream === undefined
        ? this.schemas.compile(schema)
        : this.foreign.compile(checkedSchema(schema), { upstream, place });
    const checkInput = check(checked, 'input');
    this.tools.set(name, {
      definition,
      checkInput: takesOptionalNulls === true ? takingOptionalNulls(checkInput, checked) : checkInput,
      checkOutput: outputCheck === 'off' ? undefined : outputSchema && check(outputSchema, 'output'),
      mirrored: mirroredParamsOf(inputSchema),
      fillsDefaults: JSON.stringify(checked).includes('"default":'),
      listed: toListed(definition, outputSchema),
      plainDescription: definition.description,
    });
    this.authorization.require(name, scope);
    this.changed();
  }

  /** Ends the description of a tool with a sentence, in place of the one that was added before; or with none. */
  remark(name: string, sentence: string | undefined): void {
    const tool = this.tools.get(name);
    if (tool === undefined) return;
    const { plainDescription } = tool;
    const description = sentence === undefined ? plainDescription : `${plainDescription} ${sentence}`;
    if (description === tool.definition.description) return;
    const definition = { ...tool.definition, description };
    this.tools.set(name, { ...tool, definition, listed: { ...tool.listed, description } });
    this.changed();
  }

  unregister(name: string): void {
    if (!this.tools.delete(name)) return;
    this.authorization.require(name, undefined);
    this.changed();
  }

  get(name: string): RegisteredTool | undefined {
    return this.tools.get(name);
  }

  /** Every tool, ordered by name. The array is the same until the registry changes. */
  all(): readonly RegisteredTool[] {
    this.sorted ??= [...this.tools.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
    return this.sorted;
  }

  /** Grows with every change, so that what was derived from the registry can be recognised as stale. */
  get version(): number {
    return this.changes;
  }

  private changed(): void {
    this.sorted = undefined;
    this.changes += 1;
    this.announcer.announce({ kind: 'tools' });
  }
}

function toListed(definition: ToolDefinition, outputSchema: ToolDefinition['outputSchema']): Tool {
  const { name, title, description, inputSchema, annotations, icons, meta, further } = definition;
  return {
    ...further,
    name,
    ...(title !== undefined && { title }),
    description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    ...(annotations && { annotations }),
    ...(icons && { icons: [...icons] }),
    ...(meta && { _meta: meta }),
  };
}
