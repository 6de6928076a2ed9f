// What the page adds to the window: a window for tests to see what the map shows.
interface Window {
  __circle15?: { kioskState(id: string): string | null; standing(id: string): string | null };
}
