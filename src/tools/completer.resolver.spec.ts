import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Cancellation } from '../core/cancellation.js';
import { CallContext } from '../core/call-context.js';
import type { Completer } from './completer.port.js';
import { CompleterResolver } from './completer.resolver.js';

const context = new CallContext({
  principal: { id: 'key:one', kind: 'api-key', scopes: ['tools:call'] },
  correlationId: 'test',
  cancellation: new Cancellation(),
});

@Injectable()
class Greetings {
  private readonly values = ['hello', 'hi', 'good day'];

  readonly complete: Completer = (typed) => this.values.filter((value) => value.startsWith(typed));
}

@Injectable()
class Cities {
  private readonly values = ['Bern', 'Berlin', 'Basel'];

  complete(typed: string, settled: Readonly<Record<string, string>>): string[] {
    return this.values.filter((value) => value.startsWith(typed) && value !== settled['not']);
  }
}

@Injectable()
class Unknown extends Cities {}

describe(CompleterResolver.name, () => {
  let sut: CompleterResolver;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      providers: [CompleterResolver, Cities, Greetings],
    }).compile();
    sut = module.get(CompleterResolver);
  });

  it('takes a function for what it is', async () => {
    const complete: Completer = (typed) => [`${typed}!`];
    expect(await sut.resolve(complete)('a', {}, context)).toEqual(['a!']);
  });

  it('takes a function that is declared with a name', async () => {
    function complete(typed: string): string[] {
      return [`${typed}?`];
    }
    expect(await sut.resolve(complete)('a', {}, context)).toEqual(['a?']);
  });

  it('takes a class for the provider of the application, with its dependencies', async () => {
    expect(await sut.resolve(Cities)('Ber', {}, context)).toEqual(['Bern', 'Berlin']);
    expect(await sut.resolve(Cities)('Ber', { not: 'Bern' }, context)).toEqual(['Berlin']);
  });

  it('refuses a class that is no provider', () => {
    expect(() => sut.resolve(Unknown)).toThrow(/Unknown/);
  });
});
