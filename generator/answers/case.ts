/** The words of a name: `HTTPServer2-fast` has `HTTP`, `Server2`, `fast`. */
function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .split(/[-_\s.]+/)
    .filter((word) => word !== '');
}

export function kebab(name: string): string {
  return words(name)
    .map((word) => word.toLowerCase())
    .join('-');
}

export function pascal(name: string): string {
  return name
    .split(/[-_\s.]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

export function camel(name: string): string {
  const [first = '', ...rest] = words(name);
  return first.toLowerCase() + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Letters of Latin alphabets that are no letter with an accent. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' },
  ...{ ẞ: 'SS', Æ: 'Ae', Œ: 'Oe', Ø: 'O', Đ: 'D', Ð: 'D', Þ: 'Th', Ł: 'L' },
};

/** `café` as `cafe`; letters of other alphabets stay. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/(?<=[A-Za-z])\p{M}+/gu, '')
    .normalize('NFC')
    .replace(/[ßæœøđðþłıẞÆŒØĐÐÞŁ]/g, (letter) => LETTERS[letter] ?? letter);
}
