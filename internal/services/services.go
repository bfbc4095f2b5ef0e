// Package services knows AWS's services by the short names that users type, and their pages
// in the console.
//
// It does not know hosts, regions or partitions.
package services

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"awsvault/internal/fault"
)

// Service is a service of AWS with its short names.
type Service struct {
	Names  []string // the first one is shown
	Title  string
	Path   string // in the console, with query and fragment
	Global bool   // the page is the same in every region
}

// table has one line for each service: its names, its path in the console (with a * if it is
// global) and its title. The short names include granted's, for people who come from granted.
const table = `
accessanalyzer aa|access-analyzer/home|IAM Access Analyzer
account|billing/home#/account*|Account settings
acm certificates|acm/home|Certificate Manager
amplify|amplify/home|Amplify
apigateway apigw api|apigateway/main/apis|API Gateway
appconfig|systems-manager/appconfig|AppConfig
apprunner|apprunner/home|App Runner
appsync|appsync/home|AppSync
athena|athena/home|Athena
autoscaling asg|ec2/home#AutoScalingGroups:|Auto Scaling groups
backup|backup/home|Backup
batch|batch/home|Batch
bedrock|bedrock/home|Bedrock
billing bill|billing/home*|Billing
budgets|billing/home#/budgets*|Budgets
chatbot|chatbot/home*|Amazon Q Developer in chat applications
cloud9 c9|cloud9/home|Cloud9
cloudformation cfn stacks|cloudformation/home|CloudFormation
cloudfront cf|cloudfront/v4/home*|CloudFront
cloudhsm|cloudhsm/home|CloudHSM
cloudmap|cloudmap/home|Cloud Map
cloudshell|cloudshell/home|CloudShell
cloudtrail ct|cloudtrailv2/home|CloudTrail
cloudwatch cw|cloudwatch/home|CloudWatch
codeartifact|codesuite/codeartifact/home|CodeArtifact
codebuild cb|codesuite/codebuild/home|CodeBuild
codecommit|codesuite/codecommit/home|CodeCommit
codedeploy|codesuite/codedeploy/home|CodeDeploy
codepipeline cp|codesuite/codepipeline/home|CodePipeline
codesuite|codesuite/home|Developer Tools
cognito|cognito/v2/home|Cognito
computeoptimizer|compute-optimizer/home|Compute Optimizer
config|config/home|Config
connect|connect/v2/app/instances|Connect
controltower|controltower/home|Control Tower
cost ce costexplorer|cost-management/home*|Cost Explorer
datasync|datasync/home|DataSync
detective|detective/home|Detective
directconnect dx|directconnect/v2/home*|Direct Connect
directory ds|directoryservicev2/home|Directory Service
dms|dms/v2/home|Database Migration Service
documentdb docdb|docdb/home|DocumentDB
dynamodb ddb|dynamodbv2/home|DynamoDB
ec2 instances|ec2/home|EC2
ecr|ecr/repositories|Elastic Container Registry
ecs|ecs/v2/home|Elastic Container Service
efs|efs/home|Elastic File System
eks|eks/home|Elastic Kubernetes Service
elasticache cache|elasticache/home|ElastiCache
elasticbeanstalk eb ebs beanstalk|elasticbeanstalk/home|Elastic Beanstalk
elb loadbalancers lb|ec2/home#LoadBalancers:|Load balancers
emr|emr/home|EMR
eventbridge events eb-rules|events/home|EventBridge
firehose|firehose/home|Data Firehose
fis|fis/home|Fault Injection Service
fsx|fsx/home|FSx
gamelift|gamelift/home|GameLift
globalaccelerator ga|globalaccelerator/home*|Global Accelerator
glue|glue/home|Glue
grafana|grafana/home|Managed Grafana
guardduty gd|guardduty/home|GuardDuty
health phd|health/home*|Health Dashboard
iam|iam/home*|IAM
identitycenter sso|singlesignon/home|IAM Identity Center
imagebuilder|imagebuilder/home|EC2 Image Builder
inspector|inspector/v2/home|Inspector
iot|iot/home|IoT Core
keyspaces|keyspaces/home|Keyspaces
kinesis|kinesis/home|Kinesis
kms|kms/home|Key Management Service
lakeformation|lakeformation/home|Lake Formation
lambda l functions|lambda/home|Lambda
lightsail|ls/webapp/home*|Lightsail
location|location/home|Location Service
logs cwl loggroups|cloudwatch/home#logsV2:log-groups|CloudWatch log groups
logsinsights insights|cloudwatch/home#logsV2:logs-insights|CloudWatch Logs Insights
macie|macie/home|Macie
marketplace|marketplace/home*|Marketplace
mediaconvert|mediaconvert/home|MediaConvert
memorydb|memorydb/home|MemoryDB
mq amazonmq|amazon-mq/home|Amazon MQ
msk kafka|msk/home|Managed Streaming for Apache Kafka
mwaa airflow|mwaa/home|Managed Workflows for Apache Airflow
neptune|neptune/home|Neptune
networkfirewall nfw|vpcconsole/home#NetworkFirewalls:|Network Firewall
networkmanager|networkmanager/home*|Network Manager
opensearch aos es|aos/home|OpenSearch Service
organizations orgs org|organizations/v2/home*|Organizations
parameters param params|systems-manager/parameters|Parameter Store
personalize|personalize/home|Personalize
pinpoint|pinpoint/home|Pinpoint
prometheus amp|prometheus/home|Managed Service for Prometheus
quicksight|quicksight/start|QuickSight
quotas servicequotas limits|servicequotas/home|Service Quotas
ram|ram/home|Resource Access Manager
rds databases|rds/home|RDS
redshift|redshiftv2/home|Redshift
rekognition|rekognition/home|Rekognition
resourceexplorer|resource-explorer/home|Resource Explorer
resourcegroups tags|resource-groups/home|Resource Groups and tags
route53 r53 dns|route53/v2/home*|Route 53
s3 buckets|s3/home|S3
sagemaker|sagemaker/home|SageMaker AI
savingsplans|cost-management/home#/savings-plans/overview*|Savings Plans
secretsmanager secrets sm scrm|secretsmanager/listsecrets|Secrets Manager
securitygroups sg|ec2/home#SecurityGroups:|Security groups
securityhub scrh hub|securityhub/home|Security Hub
securitylake|securitylake/home|Security Lake
servicecatalog|servicecatalog/home|Service Catalog
ses email|ses/home|Simple Email Service
sessions ssm-sessions|systems-manager/session-manager/sessions|Session Manager
shield|wafv2/shieldv2*|Shield
signer|signer/home|Signer
snapshots|ec2/home#Snapshots:|EBS snapshots
sns topics|sns/v3/home|Simple Notification Service
sqs queues|sqs/v3/home|Simple Queue Service
ssm systemsmanager|systems-manager/home|Systems Manager
stepfunctions sfn stepfn states|states/home|Step Functions
storagegateway|storagegateway/home|Storage Gateway
support|support/home*|Support
synthetics canaries|cloudwatch/home#synthetics:canary/list|CloudWatch Synthetics
textract|textract/home|Textract
timestream|timestream/home|Timestream
transfer sftp|transfer/home|Transfer Family
transitgateway tgw|vpcconsole/home#TransitGateways:|Transit gateways
trustedadvisor tra ta|trustedadvisor/home*|Trusted Advisor
volumes|ec2/home#Volumes:|EBS volumes
vpc|vpcconsole/home|VPC
waf wafv2|wafv2/homev2|WAF
wellarchitected|wellarchitected/home|Well-Architected Tool
workspaces|workspaces/v2/home|WorkSpaces
xray x-ray traces|cloudwatch/home#xray:traces/query|X-Ray traces
`

// All returns the services, sorted by their first name.
func All() []Service {
	var out []Service
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 {
			continue
		}
		path, global := strings.CutSuffix(f[1], "*")
		out = append(out, Service{Names: strings.Fields(f[0]), Title: f[2], Global: global, Path: path})
	}
	return out
}

// Find finds a service by one of its names. The error suggests the nearest name.
func Find(name string) (Service, error) {
	all := All()
	wanted := strings.ToLower(name)
	for _, s := range all {
		if slices.Contains(s.Names, wanted) {
			return s, nil
		}
	}
	hint := "vault console --services   lists them; --path names any page"
	if near := nearest(all, wanted); near != "" {
		hint = "did you mean " + near + "?   vault console --services"
	}
	return Service{}, fault.NewUsage(fmt.Sprintf("there is no service %q", name), hint)
}

// Search returns the services that have each word in a name or in the title.
func Search(words string) []Service {
	return slices.DeleteFunc(All(), func(s Service) bool {
		text := strings.ToLower(strings.Join(s.Names, " ") + " " + s.Title)
		return slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(w string) bool { return !strings.Contains(text, w) })
	})
}

// nearest returns the name with the fewest edits, or one that contains the word if the word is
// long enough. It is empty if no name is near, or if the length of the word rules out a typing
// mistake.
func nearest(all []Service, word string) string {
	type guess struct {
		name  string
		edits int
	}
	if len(word) < 2 || len(word) > 64 {
		return ""
	}
	var best []guess
	for _, s := range all {
		for _, n := range s.Names {
			d := distance(word, n)
			switch {
			case len(word) >= 3 && strings.Contains(n, word):
				d = min(d, 1)
			case len(n) >= 3 && strings.HasPrefix(word, n):
				d = min(d, 2)
			}
			if d <= max(1, len(word)/3) {
				best = append(best, guess{n, d})
			}
		}
	}
	if len(best) == 0 {
		return ""
	}
	return slices.MinFunc(best, func(a, b guess) int { return cmp.Compare(a.edits, b.edits) }).name
}

// distance counts the letters to change, add or remove.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// List lists the services that match some words, or all services. It is an error if none
// match.
func List(words string) (string, error) {
	found, err := fitting(words)
	return tabled(found), err
}

func fitting(words string) ([]Service, error) {
	found := Search(words)
	if len(found) > 0 {
		return found, nil
	}
	_, err := Find(words)
	return nil, fault.Of(fault.Failed, err) // the list is empty, and the use is not wrong
}

// Document is the same list for programs.
type Document struct {
	Schema   int      `json:"schema"`
	Services []listed `json:"services"`
}

type listed struct {
	Names []string `json:"names"` // List shows the first one first
	Title string   `json:"title"`
	Path  string   `json:"path"` // in the console
}

// Listed returns the list for programs.
func Listed(words string) (Document, error) {
	found, err := fitting(words)
	d := Document{Schema: 1, Services: []listed{}}
	for _, s := range found {
		d.Services = append(d.Services, listed{s.Names, s.Title, s.Path})
	}
	return d, err
}

// tabled formats services, one a line: their names and their title.
func tabled(found []Service) string {
	out, width := &strings.Builder{}, 0
	for _, s := range found {
		width = max(width, len(strings.Join(s.Names, " ")))
	}
	for _, s := range found {
		fmt.Fprintf(out, "%-*s  %s\n", width, strings.Join(s.Names, " "), s.Title)
	}
	return out.String()
}
