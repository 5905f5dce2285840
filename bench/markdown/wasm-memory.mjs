/** Tracks the memory of WebAssembly instances created after this module was loaded. */
const memories = new Set();
const { Instance } = WebAssembly;

WebAssembly.Instance = (...given) => {
  const instance = new Instance(...given);
  if (instance.exports.memory) memories.add(instance.exports.memory);
  return instance;
};

export const wasmBytes = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
