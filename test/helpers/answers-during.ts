/** How often others are served, with an answer to GET /health/live each, while a work is done. */
export async function answersDuring(url: string, work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  let answers = 0;
  for (;;) {
    const response = await fetch(`${url}/health/live`);
    await response.arrayBuffer();
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- it ends meanwhile
    if (isOver) break;
    if (response.status === 200) answers += 1;
  }
  await over;
  return answers;
}
