// How many answers are awaited; body[data-busy] tells it to tests and to CSS.

let count = 0;

/** Counts one more; the function that is returned takes it back, once. */
export function busy() {
    count += 1;
    show();
    let isOver = false;
    return () => {
        if (isOver) return;
        isOver = true;
        count -= 1;
        show();
    };
}

function show() {
    document.body.dataset.busy = String(count);
}
