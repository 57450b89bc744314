import Glibc

/// What `ops/bench/run` measures of the sensor's own code. `file`: one whole run over a capture file, to be timed from
/// outside. `micro`: the parts of that way one by one, timed here, one JSON object a line; the folder is empty.
@main
enum Bench {
    static func main() {
        let words = CommandLine.arguments
        do {
            switch (words.count, words.dropFirst().first) {
            case (4, "file"): print(try FileRun(stage: words[2]).run(words[3]))
            case (4, "micro"): try Micro.run(words[2], folder: words[3])
            default:
                stop("usage: darkscope-bench file packets|table|records|batches|digest FILE | micro FILE FOLDER", 64)
            }
        } catch {
            stop("\(error)", 1)
        }
    }

    static func stop(_ text: String, _ code: Int32) -> Never {
        let line = "darkscope-bench: \(text)\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
        exit(code)
    }
}
