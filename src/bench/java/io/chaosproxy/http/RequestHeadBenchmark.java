package io.chaosproxy.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What reading the head of a request costs: a bare one, and one as browsers send it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class RequestHeadBenchmark {
    private static final int MAX_HEAD = 65536;

    @Param({"bare", "browser"})
    String kind = "bare";

    private final RequestHead head = new RequestHead(MAX_HEAD, true);
    private ByteBuffer bytes = ByteBuffer.allocate(0);

    @Setup
    public void encode() {
        String text = kind.equals("bare") ? "GET /small HTTP/1.1\r\nHost: bench\r\n\r\n" : """
            GET /articles/2026/11/21?page=2 HTTP/1.1\r
            Host: www.example.org\r
            User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r
            Accept-Language: en-GB,en;q=0.7,de;q=0.3\r
            Accept-Encoding: gzip, deflate, br, zstd\r
            Referer: https://www.example.org/articles/2026/11/21\r
            Connection: keep-alive\r
            Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r
            Sec-Fetch-Dest: document\r
            Sec-Fetch-Mode: navigate\r
            Sec-Fetch-Site: same-origin\r
            \r
            """;
        bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Benchmark
    public int scan() throws BadMessage {
        head.reset();
        return head.scan(bytes);
    }
}
