import type { Tool } from '@modelcontextprotocol/client';
import type { SecurityRequirement } from './document.types.js';
import type { BodyKind } from './media-type.js';
import type { Serialization } from './parameter.serializer.js';

/** A parameter, and the argument of the tool that it comes from. */
export interface OperationParameter {
  readonly argument: string;
  readonly isRequired: boolean;
  readonly how: Serialization;
}

/** How one member of a form is written. */
export interface FormMember {
  readonly isBinary: boolean;
  readonly contentType: string | undefined;
  readonly how: Serialization;
}

/** The body, and the argument that it comes from. */
export interface OperationBody {
  readonly argument: string;
  readonly kind: BodyKind;
  readonly contentType: string;
  /** Of the forms: the members that something is said about, and how any other one is written. */
  readonly members: ReadonlyMap<string, FormMember>;
  readonly otherMember: FormMember;
}

/** One operation of the document, ready to be called. */
export interface Operation {
  readonly tool: Tool;
  /** In upper case. */
  readonly method: string;
  /** With `{name}` in place of the parameters. */
  readonly path: string;
  readonly parameters: readonly OperationParameter[];
  readonly body: OperationBody | undefined;
  /** Alternatives; one of them has to be met. Empty: nobody is asked who they are. */
  readonly security: readonly SecurityRequirement[];
  readonly accept: string;
  /** The statuses whose answers the document describes: `200`, `2XX`, `default`. */
  readonly documented: readonly string[];
}

/** How a member of a form is written. */
export function memberOf({ members, otherMember }: OperationBody, name: string): FormMember {
  return members.get(name) ?? { ...otherMember, how: { ...otherMember.how, name } };
}
