import org.apache.spark.ml.recommendation.ALS;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Factorises actions by Spark MLlib's alternating least squares for implicit feedback, in local mode, and says how long it took.
 * Arguments: a file of users and items by number, threads, rank, iterations, rounds.
 */
public final class SparkAlsProgram {
    private SparkAlsProgram() {}

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[1]);
        SparkSession session = SparkSession.builder()
                .master("local[" + threads + "]")
                .appName("als")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", threads)
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        System.out.println("spark " + session.version());
        StructType columns = new StructType().add("user", DataTypes.IntegerType).add("item", DataTypes.IntegerType);
        Dataset<Row> actions = session.read()
                .schema(columns)
                .csv(arguments[0])
                .selectExpr("user", "item", "cast(1 as float) rating")
                .repartition(threads)
                .cache();
        long count = actions.count();
        for (int round = 0; round < Integer.parseInt(arguments[4]); round++) {
            long began = System.nanoTime();
            long cpuBefore = cpuNanos();
            new ALS()
                    .setImplicitPrefs(true)
                    .setRank(Integer.parseInt(arguments[2]))
                    .setMaxIter(Integer.parseInt(arguments[3]))
                    .setNumBlocks(threads)
                    .setSeed(1)
                    .fit(actions)
                    .itemFactors()
                    .count();
            System.out.println("als " + count + " " + (cpuNanos() - cpuBefore) / 1e9 + " "
                    + (System.nanoTime() - began) / 1e9);
        }
        session.stop();
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
