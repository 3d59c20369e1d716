import { isAbsolute } from 'node:path';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, Max, Min, ValidateBy } from 'class-validator';

const compose =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };

/** An environment variable that is set to nothing counts as not set. */
const whenSet = (parse: (text: string) => unknown): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value.trim()) : value));

/** A whole number within bounds; `unit` names what is counted (ms, bytes, requests). */
export function IntegerVariable(min: number, max: number, unit: string): PropertyDecorator {
  const message = `$property is "$value": set it to a whole number (${unit}) from ${min} to ${max}`;
  return compose(
    whenSet((text) => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : text)),
    IsInt({ message }),
    Min(min, { message }),
    Max(max, { message }),
  );
}

/** `true` or `false`, in any case. */
export function BooleanVariable(): PropertyDecorator {
  const words = new Map<string, boolean>([
    ['true', true],
    ['false', false],
  ]);
  return compose(
    whenSet((text) => words.get(text.toLowerCase()) ?? text),
    IsBoolean({ message: '$property is "$value": set it to true or false' }),
  );
}

/** One word out of a list, in any case. */
export function ChoiceVariable(choices: readonly string[]): PropertyDecorator {
  return compose(
    whenSet((text) => text.toLowerCase()),
    IsIn(choices, { message: `$property is "$value": set it to one of ${choices.join(', ')}` }),
  );
}

/** Comma-separated values of one form; blanks around them are dropped. `mend` as with {@link Rule}. */
export function ListVariable(holds: (item: string) => boolean, mend: string): PropertyDecorator {
  return compose(
    whenSet((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    ),
    Rule(everyItem(holds), mend),
  );
}

/** Text of one form, or none. `mend` as with {@link Rule}. */
export function TextVariable(holds: (text: string) => boolean, mend: string): PropertyDecorator {
  return Rule((value) => value === '' || (typeof value === 'string' && holds(value)), mend);
}

export const SecretVariable = (): PropertyDecorator =>
  TextVariable(
    (text) => text.length >= 32,
    'is too short: set it to 32 characters or more, from "openssl rand -hex 32"',
  );

/** @param what whose path to set it to, for the message */
export const FileVariable = (what: string): PropertyDecorator =>
  TextVariable((text) => !text.endsWith('/'), `is "$value", a directory: set it to the path of ${what}`);

/** @param what to set it to, for the message */
export const AbsolutePathVariable = (what: string): PropertyDecorator =>
  TextVariable(isAbsolute, `is "$value": set it to ${what}`);

export const OriginListVariable = (): PropertyDecorator =>
  ListVariable(
    isOrigin,
    'has an entry that is not an origin: write scheme, host and port only, such as https://app.example.com',
  );

/**
 * A rule over the parsed value. `mend` says what to do; it must not repeat the value of a secret.
 */
export function Rule(holds: (value: unknown) => boolean, mend: string): PropertyDecorator {
  return ValidateBy(
    // The rules of a variable need names that differ.
    { name: mend, validator: { validate: (value: unknown) => holds(value) } },
    { message: `$property ${mend}` },
  );
}

export const everyItem =
  (holds: (item: string) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && holds(item));

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
