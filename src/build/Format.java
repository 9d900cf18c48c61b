import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The format of the Java sources, checked ({@code check}) or put right ({@code apply}).
 *
 * <p>Run by the build as a source file on the toolchain's JDK: the formatter parses with the javac it runs on, and that
 * of a Maven on Java 17 knows neither record patterns nor guards, so a formatter inside Maven would not do.
 */
final class Format {
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());

    public static void main(String[] args) throws IOException {
        boolean apply = args[0].equals("apply");
        List<Path> wrong = sources().parallelStream()
                .filter(source -> isWrong(source, apply))
                .toList();
        wrong.forEach(source -> System.err.println((apply ? "formatted " : "not formatted: ") + source));
        if (!apply && !wrong.isEmpty()) {
            System.err.println("mvn -q validate exec:exec@format puts this right");
            System.exit(1);
        }
    }

    private static boolean isWrong(Path source, boolean apply) {
        try {
            String text = Files.readString(source);
            String formatted = FORMATTER.formatSourceAndFixImports(text);
            boolean wrong = !formatted.equals(text);
            if (wrong && apply) {
                Files.writeString(source, formatted);
            }
            return wrong;
        } catch (IOException | FormatterException e) {
            throw new IllegalStateException(source + " can't be formatted", e);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }
}
