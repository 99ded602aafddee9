// Only the key: for a team that starts batch evaluations with a role of its own.
// `pulumi install` writes the SDK of the package that Pulumi.yaml names.
import { EvaluationKey } from "@pulumi/agentcore-batch-evaluation";
import * as aws from "@pulumi/aws";

const account = aws.getCallerIdentityOutput().accountId;
const evaluators = new aws.iam.Role("evaluators", {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
        statements: [
            {
                actions: ["sts:AssumeRole"],
                principals: [{ type: "AWS", identifiers: [account] }],
            },
        ],
    }).json,
});
// Naming the role's ARN makes the key wait for the role: KMS refuses principals it cannot find.
const key = new EvaluationKey("evaluations", {
    callerArns: [evaluators.arn],
    namePrefixes: ["support_"],
    alias: "alias/support-evaluations",
    deletionWindowInDays: 14,
});

export const kmsKeyArn = key.keyArn;
