// What all time charts share: the visible window of the run, and the second under the crosshair.

export interface Span { from: number; to: number }   // seconds of the run

export class Frame {
  readonly whole: Span;
  private window_: Span;
  private hover_: number | null = null;
  private readonly onWindow: (() => void)[] = [];
  private readonly onHover: (() => void)[] = [];

  constructor(seconds: number) {
    this.whole = { from: 0, to: Math.max(1, seconds) };
    this.window_ = this.whole;
  }

  get window(): Span { return this.window_; }
  get hover(): number | null { return this.hover_; }
  get zoomed(): boolean { return this.window_ !== this.whole; }

  whenWindow(listener: () => void): void { this.onWindow.push(listener); }
  whenHover(listener: () => void): void { this.onHover.push(listener); }

  // Shows `span`, cut to the run and at least two seconds long.
  zoom(span: Span): void {
    let from = Math.max(this.whole.from, Math.floor(Math.min(span.from, span.to)));
    const to = Math.min(this.whole.to, Math.ceil(Math.max(span.from, span.to)));
    if (to - from < 2) from = Math.max(0, to - 2);
    this.window_ = from <= this.whole.from && to >= this.whole.to ? this.whole : { from, to };
    for (const listener of this.onWindow) listener();
  }

  reset(): void {
    this.zoom(this.whole);
  }

  point(second: number | null): void {
    const next = second === null ? null : Math.min(this.window_.to - 0.001, Math.max(this.window_.from, second));
    if (next === this.hover_) return;
    this.hover_ = next;
    for (const listener of this.onHover) listener();
  }
}
