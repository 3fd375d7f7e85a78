// What is heard while a question is on its way is newer than the answer to it: it is told again on top of that.

export function createHearing() {
  const waiting = new Set(); // for each question on its way: what was heard since it was asked

  return {
    // Change what is known as an event says. It must do no harm to do so twice.
    hear(tell) {
      for (const since of waiting) since.push(tell);
      tell();
    },

    // `work` asks, and takes in the answer.
    async ask(work) {
      const since = [];
      waiting.add(since);
      try {
        return await work();
      } finally {
        waiting.delete(since);
        for (const tell of since) tell();
      }
    },
  };
}
