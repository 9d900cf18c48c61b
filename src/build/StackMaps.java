import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * Copies a library of the class path into a folder, and gives classes that were compiled for Java 5 the format of Java 8 with stack
 * maps (JVMS §4.7.4). Java verifies classes without them by inference, which loads more classes and takes longer, and an AOT cache
 * can't hold classes verified so: all 228 of picocli were read from their jar at each start.
 *
 * <p>The installed program alone has the copy; the module that others depend on names the library as published.
 */
final class StackMaps {
    private StackMaps() {}

    /** The folder, and the name of the library's jar without its version. */
    public static void main(String[] arguments) throws IOException {
        Path jar = onClassPath(arguments[1] + "-");
        Path copy = Files.createDirectories(Path.of(arguments[0])).resolve(jar.getFileName());
        try (ZipFile from = new ZipFile(jar.toFile());
                ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(copy))) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                ZipEntry same = new ZipEntry(entry); // with its time, so that each build makes the same file
                same.setCompressedSize(-1);
                try (InputStream in = from.getInputStream(entry)) {
                    byte[] bytes = in.readAllBytes();
                    boolean isOld = entry.getName().endsWith(".class") && version(bytes) < Opcodes.V1_8;
                    byte[] written = isOld ? withStackMaps(bytes) : bytes;
                    same.setSize(written.length);
                    to.putNextEntry(same);
                    to.write(written);
                    to.closeEntry();
                }
            }
            to.putNextEntry(notice(copy));
            to.write("The build of chaos-proxy added stack maps to the class files (src/build/StackMaps.java).\n"
                    .getBytes(StandardCharsets.UTF_8));
            to.closeEntry();
        }
    }

    /** What the Apache License 2.0 (section 4b) wants of changed files. */
    private static ZipEntry notice(Path copy) {
        ZipEntry entry = new ZipEntry("META-INF/CHANGES-" + copy.getFileName() + ".txt");
        entry.setTimeLocal(LocalDateTime.of(1980, 2, 1, 0, 0)); // fixed, so that each build makes the same file
        return entry;
    }

    private static Path onClassPath(String prefix) {
        List<Path> found = Stream.of(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(path -> path.getFileName().toString().startsWith(prefix))
                .toList();
        if (found.size() != 1) {
            throw new IllegalStateException("one jar named " + prefix + "... is needed, the class path has " + found);
        }
        return found.getFirst();
    }

    private static int version(byte[] file) {
        return (file[6] & 0xff) << 8 | file[7] & 0xff; // major, JVMS §4.1
    }

    private static byte[] withStackMaps(byte[] file) {
        ClassWriter writer = new Writer();
        new ClassReader(file)
                .accept(
                        new ClassVisitor(Opcodes.ASM9, writer) {
                            @Override
                            public void visit(
                                    int version,
                                    int access,
                                    String name,
                                    String signature,
                                    String superName,
                                    String[] interfaces) {
                                super.visit(Opcodes.V1_8, access, name, signature, superName, interfaces);
                            }
                        },
                        ClassReader.SKIP_FRAMES);
        return writer.toByteArray();
    }

    /** Finds super classes by the loader of this class, which knows the class path. */
    private static final class Writer extends ClassWriter {
        Writer() {
            super(COMPUTE_FRAMES);
        }
    }
}
