// What a call is held against: a function of this process, and the two engines with nothing of ours around them.
import ivm from 'isolated-vm'
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'

/** What the trivial plugin does, as a script whose value is a function from text to text. */
const TRIVIAL = '(text => JSON.stringify({ score: JSON.parse(text).lead.email.length }))'

export interface BareEngine {
  /** One call of the function, JSON both ways. */
  call(input: unknown): unknown
  close(): void
}

/** In an isolate of this process, with a timeout and on a thread of the engine, so that an endless loop would end. */
export async function bareIsolate(): Promise<BareEngine> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = await isolate.createContext()
  const run = (await context.eval(TRIVIAL, { reference: true })) as ivm.Reference<(text: string) => string>
  return {
    call: async input => JSON.parse(await run.apply(undefined, [JSON.stringify(input)], { timeout: 1000 })),
    close: () => isolate.dispose(),
  }
}

/** In QuickJS compiled to WebAssembly, on the thread that asks. */
export async function bareQuickJs(): Promise<BareEngine> {
  const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'))
  const context = engine.newContext()
  const run = context.unwrapResult(context.evalCode(TRIVIAL))
  return {
    call: input => {
      using text = context.newString(JSON.stringify(input))
      using answer = context.unwrapResult(context.callFunction(run, context.undefined, text))
      return JSON.parse(context.getString(answer))
    },
    close: () => {
      run.dispose()
      context.dispose()
    },
  }
}
