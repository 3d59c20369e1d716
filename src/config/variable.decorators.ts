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

/** Comma-separated values; blanks around them are dropped. */
export function ListVariable(): PropertyDecorator {
  return whenSet((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

/**
 * A rule over the parsed value. `mend` says what to do; it must not repeat the value of a secret.
 */
export function Rule(name: string, holds: (value: unknown) => boolean, mend: string): PropertyDecorator {
  return ValidateBy(
    { name, validator: { validate: (value: unknown) => holds(value) } },
    { message: `$property ${mend}` },
  );
}
