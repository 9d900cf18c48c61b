import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * The checks of the Java sources that take longer than compiling them: Error Prone with NullAway, and the format. The build
 * starts them before the tests ({@code start}), lets them run beside the tests, and fails in its phase {@code verify} if one of them
 * has found something ({@code await}). Their messages are in {@code target/checks/output}. {@code format} puts the format right.
 *
 * <p>Run by the build as a source file on the toolchain's JDK, whose javac Error Prone and the formatter are part of: that
 * of a Maven on Java 17 knows neither record patterns nor guards. All checks share one JVM, so that the code of javac is compiled once.
 */
final class Checks {
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());
    private static final Path FOLDER = Path.of("target/checks");
    private static final Path OUTPUT = FOLDER.resolve("output");
    private static final Path PROCESS = FOLDER.resolve("pid");
    private static final Path PASSED = FOLDER.resolve("passed");

    /** javac's arguments without those of the sources; class files are not written. */
    private static final List<String> JAVAC = List.of(
            "-proc:none",
            "-parameters",
            "-XDcompilePolicy=simple",
            // A javac 21 reads no type annotations from class files without this, and NullAway needs them.
            "-XDaddTypeAnnotationsToSymbol=true",
            "--should-stop=ifError=FLOW",
            "--should-stop=ifNoError=FLOW", // after which Error Prone has seen everything
            "-Werror");

    private Checks() {}

    /**
     * {@code start RELEASE CLASSPATH ERROR_PRONE_MAIN TEST_SOURCES ERROR_PRONE_TESTS}, {@code await} or {@code format}.
     */
    public static void main(String[] arguments) throws Exception {
        List<String> rest = List.of(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "start" -> start(rest);
            case "run" -> run(rest);
            case "await" -> await();
            case "format" -> format(true);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Starts this program a second time, for {@code run}. */
    private static void start(List<String> arguments) throws IOException {
        Files.createDirectories(FOLDER);
        Files.deleteIfExists(PASSED);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), "src/build/Checks.java", "run"));
        command.add(Long.toString(ProcessHandle.current().parent().orElseThrow().pid()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(OUTPUT.toFile())
                .start();
        Files.writeString(PROCESS, Long.toString(process.pid()));
    }

    private static void await() throws IOException {
        ProcessHandle.of(Long.parseLong(Files.readString(PROCESS)))
                .ifPresent(process -> process.onExit().join());
        System.err.print(Files.readString(OUTPUT));
        if (!Files.exists(PASSED)) {
            System.err.println("Error Prone or the format check failed, see above");
            System.exit(1);
        }
    }

    /** Ends with the build, which may be interrupted or end before its phase {@code verify}. */
    private static void run(List<String> arguments) throws IOException {
        ProcessHandle.of(Long.parseLong(arguments.get(0)))
                .ifPresentOrElse(build -> build.onExit().thenRun(Checks::end), Checks::end);
        String release = arguments.get(1);
        String classPath = arguments.get(2);
        List<BooleanSupplier> errorProne = List.of(
                () -> errorProne(release, classPath, arguments.get(3), Path.of("src/main/java")),
                () -> errorProne(release, classPath, arguments.get(5), Path.of(arguments.get(4))));
        long wrong = errorProne.parallelStream()
                .filter(check -> !check.getAsBoolean())
                .count();
        if (format(false) && wrong == 0) {
            Files.createFile(PASSED);
        }
    }

    private static void end() {
        Runtime.getRuntime().halt(1);
    }

    private static boolean errorProne(String release, String classPath, String options, Path folder) {
        List<String> command = new ArrayList<>(JAVAC);
        command.addAll(List.of("--release", release, "-classpath", classPath));
        command.addAll(
                List.of("-processorpath", System.getProperty("java.class.path"), "-Xplugin:ErrorProne " + options));
        sources(folder).stream()
                .filter(file -> !file.endsWith("module-info.java"))
                .map(Path::toString)
                .forEach(command::add);
        return ToolProvider.findFirst("javac").orElseThrow().run(System.err, System.err, command.toArray(String[]::new))
                == 0;
    }

    private static boolean format(boolean apply) {
        List<Path> wrong = sources(Path.of("src")).parallelStream()
                .filter(source -> isWrong(source, apply))
                .toList();
        wrong.forEach(source -> System.err.println((apply ? "formatted " : "not formatted: ") + source));
        if (!apply && !wrong.isEmpty()) {
            System.err.println("mvn -q validate exec:exec@format puts this right");
        }
        return wrong.isEmpty();
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

    private static List<Path> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
