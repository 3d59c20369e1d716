import { Injectable, Module } from '@nestjs/common';
import {
  type ApplicationContext,
  callContext,
  createContext,
  PRINCIPAL,
} from '../../../test/helpers/application-context.js';
import { CompleterResolver } from './completer.resolver.js';
import { Prompt } from '../prompts/prompt.decorator.js';
import { PromptRegistry } from '../prompts/prompt.registry.js';

@Injectable()
class Dependency {
  readonly colours = ['red', 'green'];
}

@Injectable()
class ColourCompleter {
  constructor(private readonly dependency: Dependency) {}

  complete(typed: string): string[] {
    return this.dependency.colours.filter((colour) => colour.startsWith(typed));
  }
}

@Injectable()
class Paint {
  @Prompt({
    name: 'paint',
    arguments: [
      { name: 'colour', complete: ColourCompleter },
      { name: 'size', complete: (typed, { colour }) => [`${colour} ${typed}`] },
      { name: 'free' },
    ],
  })
  render(): Promise<string> {
    return Promise.resolve('');
  }
}

@Module({ providers: [Dependency, ColourCompleter, Paint] })
class CompleteModule {}

@Module({ providers: [Paint] })
class ForgetfulModule {}

describe(CompleterResolver.name, () => {
  let app: ApplicationContext | undefined;

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('takes functions, and providers with what they depend on', async () => {
    app = await createContext({ modules: [CompleteModule] });
    const [colour, size, free] = app.get(PromptRegistry).find('paint', PRINCIPAL)?.options.arguments ?? [];
    expect(await colour?.complete?.('gr', {}, callContext())).toEqual(['green']);
    expect(await size?.complete?.('5', { colour: 'red' }, callContext())).toEqual(['red 5']);
    expect(free).toEqual({ name: 'free' });
  });

  it('does not let an application start whose completer is no provider', async () => {
    await expect(createContext({ modules: [ForgetfulModule] })).rejects.toThrow(/ColourCompleter/);
  });
});
