package dev.millrace.models.ranker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a ranker takes and gives, per candidate: every tensor has the candidates as its first axis, which is not written
 * (immutable).
 *
 * <p>As text: {@code features:float[64],topic:int64->score:float} – inputs, an arrow, outputs; a port is a name, a type, and
 * the shape of one candidate's row in brackets, none for a single value.
 */
public record RankerSignature(List<Port> inputs, List<Port> outputs) {
    private static final int MAX_PORTS = 64;
    private static final Pattern PORT =
            Pattern.compile("\\s*([^:,\\[\\]\\s]+)\\s*:\\s*([A-Za-z0-9]+)\\s*(?:\\[([0-9,\\s]+)])?\\s*");

    public RankerSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        requireSide("inputs", inputs);
        requireSide("outputs", outputs);
    }

    /**
     * One tensor, without its first axis.
     *
     * @param row the shape of one candidate's row; empty for one value a candidate
     */
    public record Port(String name, PortType type, List<Integer> row) {
        /** A row wider than this is a mistake, and would make buffers of gigabytes. */
        private static final int MAX_ROW_VALUES = 1 << 20;

        public Port {
            row = List.copyOf(row);
            long values = 1;
            for (int axis : row) {
                if (axis < 1 || (values *= axis) > MAX_ROW_VALUES) {
                    throw new IllegalArgumentException("port '" + name + "' has rows of " + row
                            + "; give axes of 1 or more, together at most " + MAX_ROW_VALUES + " values");
                }
            }
        }

        /** The values of one candidate. */
        public int rowValues() {
            return row.stream().reduce(1, Math::multiplyExact);
        }

        public int rowBytes() {
            return rowValues() * type.sizeBytes();
        }

        /** The whole tensor's shape for so many candidates. */
        public long[] shape(long candidates) {
            long[] shape = new long[row.size() + 1];
            shape[0] = candidates;
            for (int axis = 0; axis < row.size(); axis++) {
                shape[axis + 1] = row.get(axis);
            }
            return shape;
        }

        /** Type and row, as {@code float[64]}. */
        public String typeText() {
            String axes = row.stream().map(String::valueOf).collect(Collectors.joining(","));
            return type.label() + (row.isEmpty() ? "" : "[" + axes + "]");
        }

        @Override
        public String toString() {
            return name + ":" + typeText();
        }
    }

    /** @throws IllegalArgumentException saying which part cannot be read, and how it is written */
    public static RankerSignature parse(String text) {
        String[] sides = text.split("->", -1);
        if (sides.length != 2) {
            throw new IllegalArgumentException("signature '" + text
                    + "' has no single '->'; write INPUTS->OUTPUTS, such as features:float[64]->score:float");
        }
        return new RankerSignature(ports(sides[0]), ports(sides[1]));
    }

    private static List<Port> ports(String side) {
        List<Port> ports = new ArrayList<>();
        int from = 0;
        for (int end = separator(side, from); from <= side.length(); end = separator(side, from)) {
            ports.add(port(side.substring(from, end)));
            from = end + 1;
        }
        return ports;
    }

    /** The next comma that is not inside brackets, or the end. */
    private static int separator(String side, int from) {
        int depth = 0;
        for (int i = from; i < side.length(); i++) {
            char c = side.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == ',' && depth == 0) {
                return i;
            }
        }
        return side.length();
    }

    private static Port port(String text) {
        Matcher matcher = PORT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("signature part '" + text.strip()
                    + "' cannot be read; write NAME:TYPE or NAME:TYPE[WIDTH], such as features:float[64]");
        }
        Optional<PortType> type = PortType.of(matcher.group(2));
        if (type.isEmpty()) {
            throw new IllegalArgumentException("signature part '" + text.strip() + "' has the type '" + matcher.group(2)
                    + "'; give float, double, int64, int32, int8, uint8 or bool");
        }
        List<Integer> row = new ArrayList<>();
        if (matcher.group(3) != null) {
            for (String axis : matcher.group(3).split(",", -1)) {
                row.add(axis(text, axis.strip()));
            }
        }
        return new Port(matcher.group(1), type.get(), row);
    }

    private static int axis(String text, String axis) {
        try {
            return Integer.parseInt(axis);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("signature part '" + text.strip() + "' has the axis '" + axis
                    + "'; give whole numbers of 1 or more, and leave the candidates' axis out");
        }
    }

    private static void requireSide(String side, List<Port> ports) {
        if (ports.isEmpty() || ports.size() > MAX_PORTS) {
            throw new IllegalArgumentException(
                    "a signature has " + ports.size() + " " + side + "; give 1 to " + MAX_PORTS);
        }
        Set<String> names = new HashSet<>();
        for (Port port : ports) {
            if (!names.add(port.name())) {
                throw new IllegalArgumentException(
                        "a signature names '" + port.name() + "' twice among its " + side + "; name each once");
            }
        }
    }

    @Override
    public String toString() {
        return side(inputs) + "->" + side(outputs);
    }

    private static String side(List<Port> ports) {
        return ports.stream().map(Port::toString).collect(Collectors.joining(","));
    }
}
