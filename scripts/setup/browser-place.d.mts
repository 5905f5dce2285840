export function browserPlace(machine?: { platform?: string; arch?: string }): {
  folder: string;
  executable: string;
};
