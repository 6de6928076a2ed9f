// Who sits here: a name, kept by this browser until there is sign-in.
const KEY = 'circle15.by';

class Me {
  name = $state(read());

  keep(name: string): void {
    this.name = name;
    try {
      localStorage.setItem(KEY, name);
    } catch {
      // A browser that keeps nothing asks again next time.
    }
  }
}

function read(): string {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
}

export const me = new Me();
