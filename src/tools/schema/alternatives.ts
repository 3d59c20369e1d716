import { _, type Ajv, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv';
import { MAX_PROBLEMS } from './problems.ts';

/** Keywords that try a schema after another, or one on each item. */
const KEYWORDS = ['anyOf', 'oneOf', 'contains'];

/** One more than are told, for it is told too that there are others. */
const MAX_FAULTS = MAX_PROBLEMS + 1;

/** What Ajv calls them in the code that it makes. */
const ERRORS = new Name('errors');
const FAULTS = new Name('vErrors');

/**
 * Lets alternatives keep no more of what was wrong with each, for the case that none fits, than may be told. Two of
 * which each has two, and so on, have millions.
 */
export function keepFewFaults({ RULES }: Ajv): void {
  for (const keyword of KEYWORDS) {
    const rule = RULES.all[keyword];
    if (typeof rule !== 'object') throw new TypeError(`Ajv has no keyword ${keyword}`);
    const { code } = rule.definition as CodeKeywordDefinition;
    rule.definition = { ...rule.definition, code: (cxt: KeywordCxt) => code(boundedIn(cxt)) };
  }
}

/** Whose faults are too many is cut after each schema. */
function boundedIn(cxt: KeywordCxt): KeywordCxt {
  const { gen } = cxt;
  const most = _`${cxt.errsCount} + ${MAX_FAULTS}`;
  const subschema = cxt.subschema.bind(cxt);
  cxt.subschema = (...tried) => {
    const context = subschema(...tried);
    gen.if(_`${ERRORS} > ${most}`, () => {
      gen.assign(ERRORS, most);
      gen.assign(_`${FAULTS}.length`, ERRORS);
    });
    return context;
  };
  return cxt;
}
